"""Compiled kernels on several threads, from several threads, and after a fork."""

import os
import platform
import signal
import subprocess
import sys
import threading

import pytest
import torch

from saiki import nn


def equal(one, other):
    return all(torch.equal(one[name], other[name]) for name in one)


@pytest.mark.parametrize("batch", [1, 2, 3, 5, 9, 33])
@pytest.mark.parametrize("is_ragged", [False, True])
@pytest.mark.usefixtures("filled_with_nan")
def test_results_do_not_depend_on_the_number_of_threads(
    cell, level, threads, run, batch, is_ragged
):
    layer = cell.build(6, 45, 2, bidirectional=True)
    drawn = cell.draw(layer, batch, 21)
    lengths = [1 + (8 * k + 20) % 21 for k in range(batch)] if is_ragged else None
    results = []
    for count in (1, 2, 3):
        threads(count)
        results.append(run(layer, drawn, lengths))
    assert equal(results[1], results[0])
    assert equal(results[2], results[0])


@pytest.mark.parametrize("options", [{"layer_norm": True}, {"recurrent_dropout": 0.4}], ids=str)
@pytest.mark.parametrize("batch", [1, 3, 12, 33])
@pytest.mark.usefixtures("filled_with_nan")
def test_options_do_not_depend_on_the_number_of_threads(
    cell, make_cell, threads, run, options, batch
):
    given = {**cell.options, **options}
    if cell.kind == "LSTM":
        given["peephole"] = True
    layer = make_cell(cell.kind, given).build(6, 45)
    drawn = cell.draw(layer, batch, 9)
    results = []
    for count in (1, 2, 3, 2, 3, 2, 3):  # again and again: a race shows now and then
        threads(count)
        torch.manual_seed(8)
        results.append(run(layer, drawn))
    assert all(bool(part.isfinite().all()) for part in results[0].values())
    assert all(equal(result, results[0]) for result in results)


def test_calls_from_several_python_threads_at_once(cell, threads, run):
    threads(2)
    layers = [cell.build(5, 20 + k) for k in range(4)]
    drawn = [cell.draw(layer, 3 + 2 * k, 15) for k, layer in enumerate(layers)]
    alone = [run(layer, given) for layer, given in zip(layers, drawn, strict=True)]
    found = [[] for _ in layers]
    begin = threading.Barrier(len(layers))

    def work(k):
        torch.set_num_threads(2)
        begin.wait()
        found[k] += [run(layers[k], drawn[k]) for _ in range(25)]

    workers = [threading.Thread(target=work, args=(k,)) for k in range(len(layers))]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    for k, results in enumerate(found):
        assert len(results) == 25
        assert all(equal(result, alone[k]) for result in results)


BESIDE_TORCH = """
import os
import torch
from saiki import nn
torch.set_num_threads(3)
torch.randn(400, 400) @ torch.randn(400, 400)
(torch.randn(4000000) * 2.0).exp()
before = len(os.listdir("/proc/self/task"))
assert before >= 3, before
with torch.no_grad():
    nn.LSTM(32, 64, backend="compiled")(torch.randn(48, 20, 32))
assert len(os.listdir("/proc/self/task")) == before
"""


@pytest.mark.skipif(platform.system() != "Linux", reason="threads are counted in /proc")
def test_the_threads_are_those_that_torch_computes_with():
    """Threads beside them would wait while they spin."""
    done = subprocess.run(
        [sys.executable, "-c", BESIDE_TORCH], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr


@pytest.mark.filterwarnings("ignore:.*fork:DeprecationWarning")
@pytest.mark.skipif(not hasattr(os, "fork"), reason="this platform has no fork")
def test_a_child_process_has_threads_of_its_own(threads):
    """A fork copies no threads: a child that waited for its parent's would wait for ever."""
    threads(2)
    layer = nn.LSTM(4, 40, backend="compiled")
    x = torch.randn(11, 9, 4)
    with torch.no_grad():
        expected = layer(x)[0]
    child = os.fork()
    if child == 0:
        signal.alarm(60)
        code = 1
        try:
            with torch.no_grad():
                code = 0 if all(torch.equal(layer(x)[0], expected) for _ in range(3)) else 2
        finally:
            os._exit(code)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
    with torch.no_grad():
        assert torch.equal(layer(x)[0], expected)
