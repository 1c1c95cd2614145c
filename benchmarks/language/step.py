"""Seconds of a whole training step: ours, and each peer's beside ours in one process."""

import time
from typing import Any

from benchmarks.language import plan as plans
from benchmarks.language.plan import (
    AUTOCAST,
    BESIDE,
    OURS,
    OURS_BF16,
    PIECES,
    PRESET,
    REST,
    STEP,
    TORCH,
    Plan,
)
from benchmarks.process import call, cores
from benchmarks.recurrent.timing import Work

Row = dict[str, Any]


def measure(name: str = "full", preset: str = PRESET) -> dict[str, Any]:
    """A peer that is absent or broken is told, and is no reason to lose the others."""
    found: dict[str, Any] = {"clocks": {str(n): clock for n, clock in plans.CLOCKS.items()}}
    found |= {"rows": [], "pieces": [], "absent": {}}
    for beside in BESIDE:
        for threads in plans.THREADS:
            if len(cores()) < threads:
                found["absent"][f"{threads} threads"] = f"{len(cores())} core"
                continue
            answer = _call(beside, threads, name, preset)
            if reason := answer.pop("absent", None):
                found["absent"][f"{beside}, threads: {threads}"] = reason
                print(f"   {beside}: {reason}", flush=True)
                continue
            found["setting"] = answer["setting"]
            found["rows"] += answer["rows"]
            found["pieces"] += answer["pieces"]
    return found


def _call(beside: str, threads: int, name: str, preset: str) -> dict[str, Any]:
    print(f"-- step beside {beside}, threads: {threads}", flush=True)
    began = time.perf_counter()
    request = {"beside": beside, "threads": threads, "plan": name, "preset": preset}
    try:
        answer = call(
            "language.step",
            request,
            on=cores()[-threads:],
            environment=plans.environment_of(beside, threads),
        )
    except RuntimeError as error:
        answer = {"absent": str(error)}
    print(f"   {time.perf_counter() - began:.0f} s", flush=True)
    return answer


def work(*, beside: str, threads: int, plan: str, preset: str) -> dict[str, Any]:
    """In a process of its own: rows of both cells."""
    import torch

    torch.set_num_threads(threads)
    try:
        if beside != "torch":
            _prepare_keras(beside, threads)
        answers = [_work(cell, beside, threads, plans.PLANS[plan], preset) for cell in plans.CELLS]
    except ImportError as error:
        return {"absent": str(error)}
    return {
        "setting": answers[0]["setting"],
        "rows": [answer["row"] for answer in answers],
        "pieces": [row for answer in answers for row in answer["pieces"]],
    }


def _prepare_keras(beside: str, threads: int) -> None:
    """A missing peer is to be known before anything is timed."""
    if beside == "tensorflow":
        import tensorflow as tf

        tf.config.threading.set_intra_op_parallelism_threads(threads)
        tf.config.threading.set_inter_op_parallelism_threads(1)
    import keras

    keras.utils.set_random_seed(0)


def _work(cell: str, beside: str, threads: int, plan: Plan, preset: str) -> dict[str, Any]:
    from benchmarks.language import ours
    from benchmarks.language.setting import make_setting
    from benchmarks.recurrent.timing import race, show

    setting = make_setting(cell, preset, plan.over)
    # Before a step is made or taken: peers begin with the weights of these.
    exact, narrow = (ours.make_ours(setting, precision) for precision in ("float32", "bf16"))
    peers = _torch_steps(setting, exact) if beside == "torch" else _keras_steps(setting, exact)
    works: dict[str, Work] = {
        OURS: ours.training_step(exact, setting),
        OURS_BF16: ours.training_step(narrow, setting),
        **peers,
    }
    seconds = race(works, plan, time.process_time if threads == 1 else time.perf_counter)
    show(f"{cell}, threads: {threads}", seconds)
    row = {"cell": cell, "threads": threads, "beside": beside, "tokens": setting.tokens}
    answer = {"setting": setting.facts(), "row": row | {"seconds": seconds}, "pieces": []}
    if beside == "torch" and threads == 1:
        answer["pieces"] = _pieces(setting, plan, seconds)
    return answer


def _torch_steps(setting: Any, exact: Any) -> dict[str, Work]:
    from benchmarks.language import agreement, plain

    works = {}
    for system in BESIDE["torch"]:
        network = plain.PlainLanguageModel(len(setting.tokenizer), setting.config.model)
        network.load_state_dict(exact.state_dict())
        agreement.check_torch(exact, network, setting.batches[0])
        works[system] = plain.training_step(network, setting, system)
    return works


def _keras_steps(setting: Any, exact: Any) -> dict[str, Work]:
    import keras

    from benchmarks.language import agreement, keras_peer

    beside, works = keras.backend.backend(), {}
    for system in BESIDE[beside]:
        is_compiled = system != plans.TENSORFLOW
        made = keras_peer.make_keras(setting, exact, jit_compile=is_compiled)
        agreement.check_keras(exact, made, setting)
        works[system] = keras_peer.training_step(made, setting)
    return works


def _pieces(setting: Any, plan: Plan, whole: dict[str, float]) -> list[Row]:
    """Each system's pieces, with what is left of its step when they are taken away."""
    from contextlib import nullcontext

    from torch import nn

    from benchmarks.language import ours, pieces, plain
    from benchmarks.recurrent.timing import race
    from saiki.training.clipping import clip_gradients

    values, targets = setting.batches[0]
    rows = []
    for system in (OURS, OURS_BF16, TORCH, AUTOCAST):
        is_ours = system in {OURS, OURS_BF16}
        if is_ours:
            network = ours.make_ours(setting, "bf16" if system == OURS_BF16 else "float32")
            batch, clip = (values, targets), clip_gradients
        else:
            network = plain.PlainLanguageModel(len(setting.tokenizer), setting.config.model)
            batch, clip = (values.t().contiguous(), targets.t()), nn.utils.clip_grad_norm_
        cast = (lambda: plain.autocast(is_on=True)) if system == AUTOCAST else nullcontext
        optimiser = ours.make_optimiser_for(network, setting)
        works = pieces.works_of(network.train(), batch, optimiser, clip, cast)
        found = race(works, plans.Plan(rounds=plan.rounds, seconds=plan.seconds / 4))
        found |= {REST: whole[system] - sum(found[name] for name in PIECES), STEP: whole[system]}
        print(f"   {system:<20}", {n: f"{s * 1e3:.1f} ms" for n, s in found.items()}, flush=True)
        rows.append({"cell": setting.config.model.cell, "system": system, "seconds": found})
    return rows
