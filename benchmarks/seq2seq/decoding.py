"""Seconds of decoding held-out sources to the length of their references.

The weights are fresh, and the end token is impossible before the last step: so every system
writes as many tokens, whatever it has learned.
"""

import time
from functools import partial
from typing import Any

from benchmarks.process import call, cores
from benchmarks.recurrent.timing import race, show
from benchmarks.seq2seq import plan as plans
from benchmarks.seq2seq.plan import OURS, TORCH

Row = dict[str, Any]


def measure(name: str) -> dict[str, Any]:
    plan = plans.PLANS[name]
    found: dict[str, Any] = {"clocks": {str(n): clock for n, clock in plans.CLOCKS.items()}}
    found["rows"] = []
    for network in plans.NETWORKS:
        for threads in plan.threads:
            if len(cores()) < threads:
                print(f"   {threads} threads: only {len(cores())} core", flush=True)
                continue
            answer = call(
                "seq2seq.decoding",
                {"network": network, "threads": threads, "plan": name},
                on=cores()[-threads:],
                environment=plans.environment_of(threads),
            )
            found["rows"] += answer["rows"]
    return found


def work(*, network: str, threads: int, plan: str) -> dict[str, Any]:
    """In a process of its own: a row for each batch size and method."""
    import torch

    from benchmarks.seq2seq import agreement, ours, plain_work
    from benchmarks.seq2seq.setting import make_setting, sources_of

    torch.set_num_threads(threads)
    chosen = plans.PLANS[plan]
    setting = make_setting(network, chosen)
    own = ours.never_ends(ours.make_ours(setting))
    plain = plain_work.make_plain(setting, own).eval()
    clock = time.process_time if threads == 1 else time.perf_counter
    tokens = sum(len(target) for target in setting.held_out.target_tokens)
    rows = []
    for size in plans.BATCHES:
        batches = sources_of(setting.held_out, size)
        for method in plans.METHODS:
            agreement.check_decoding(own, plain, *batches[0], method)
            works = {
                OURS: partial(_all, ours.decode, own, batches, method),
                TORCH: partial(_all, plain_work.decode, plain, batches, method),
            }
            seconds = race(works, chosen, clock)
            show(f"{network}, {method}, batch {size}, threads: {threads}", seconds)
            row: Row = {"network": network, "threads": threads, "batch": size, "method": method}
            row |= {"sentences": len(setting.held_out), "tokens": tokens, "seconds": seconds}
            rows.append(row)
    return {"rows": rows}


def _all(decode: Any, network: Any, batches: list[Any], method: str) -> None:
    for batch, most in batches:
        decode(network, batch, most, method)
