"""Seconds of a pass of training: ours and plain torch in one process."""

import time
from typing import Any

from benchmarks.process import call, cores
from benchmarks.recurrent.timing import Work, race, show
from benchmarks.seq2seq import plan as plans
from benchmarks.seq2seq.plan import AUTOCAST, AUTOCAST_SOFTMAX, OURS, OURS_BF16, TORCH

Row = dict[str, Any]


def measure(name: str) -> dict[str, Any]:
    plan = plans.PLANS[name]
    found: dict[str, Any] = {"clocks": {str(n): clock for n, clock in plans.CLOCKS.items()}}
    found |= {"rows": [], "settings": {}}
    for network in plans.NETWORKS:
        for threads in plan.threads:
            if len(cores()) < threads:
                print(f"   {threads} threads: only {len(cores())} core", flush=True)
                continue
            answer = call(
                "seq2seq.training",
                {"network": network, "threads": threads, "plan": name},
                on=cores()[-threads:],
                environment=plans.environment_of(threads),
            )
            found["settings"][network] = answer["setting"]
            found["rows"].append(answer["row"])
    return found


def work(*, network: str, threads: int, plan: str) -> dict[str, Any]:
    """In a process of its own."""
    import torch

    from benchmarks.seq2seq import agreement, ours, plain_work
    from benchmarks.seq2seq.setting import make_setting

    torch.set_num_threads(threads)
    chosen = plans.PLANS[plan]
    setting = make_setting(network, chosen)
    exact = ours.make_ours(setting)
    agreement.check_training(exact, plain_work.make_plain(setting, exact), setting)
    # Peers begin with our weights: they are made before any step is taken.
    plain = {s: plain_work.make_plain(setting, exact) for s in (TORCH, AUTOCAST, AUTOCAST_SOFTMAX)}
    narrow = ours.make_ours(setting, "bf16")
    works: dict[str, Work] = {
        OURS: ours.training_pass(exact, setting),
        OURS_BF16: ours.training_pass(narrow, setting),
    }
    works |= {name: plain_work.training_pass(one, setting, name) for name, one in plain.items()}
    seconds = race(works, chosen, time.process_time if threads == 1 else time.perf_counter)
    show(f"{network}, threads: {threads}", seconds)
    row = {"network": network, "threads": threads, "tokens": setting.tokens, "seconds": seconds}
    return {"setting": setting.facts(), "row": row}
