"""Which kernels run, who may force others, and what happens where there are none."""

import sys
import warnings

import pytest
import torch

from saiki import kernels, nn
from saiki.errors import BackendError
from saiki.kernels import _levels


@pytest.fixture
def forget():
    """Makes what was found out about this machine be found out again, also afterwards."""

    def clear():
        _levels._available.cache_clear()
        _levels._level.cache_clear()

    clear()
    yield clear
    clear()


@pytest.fixture
def without_native(monkeypatch, forget):
    """An installation for which there was no compiler."""
    monkeypatch.setitem(sys.modules, "saiki.kernels._native", None)
    monkeypatch.delattr(kernels, "_native", raising=False)
    monkeypatch.delenv("SAIKI_KERNELS", raising=False)
    forget()


def test_the_fastest_level_of_this_machine_runs(monkeypatch):
    monkeypatch.delenv("SAIKI_KERNELS", raising=False)
    info = kernels.info()
    assert info.level == info.available[0]
    assert info.reason == "The fastest that this processor runs."
    assert info.available[-2:] == ("portable", "torch")
    assert list(info.available) == [name for name in _levels.LEVELS if name in info.available]


def test_the_environment_forces_a_level(level):
    info = kernels.info()
    assert (info.level, info.reason) == (level, f"SAIKI_KERNELS={level} asks for it.")


def test_the_levels_are_not_the_same_code(monkeypatch):
    """Sums in another order: a level that ran another's code would give the same bits."""
    torch.manual_seed(0)
    layer, x = nn.LSTM(40, 40, backend="compiled"), torch.randn(9, 3, 40)
    found = []
    for name in kernels.info().available[:-1]:
        monkeypatch.setenv("SAIKI_KERNELS", name)
        found.append(layer(x)[0].detach())
    torch.testing.assert_close(found, [found[-1]] * len(found), rtol=0, atol=1e-6)
    if len(found) > 1:
        assert not torch.equal(found[0], found[-1])  # with and without fused multiply-add


def test_the_number_of_threads_is_torchs(monkeypatch):
    monkeypatch.setattr(torch, "get_num_threads", lambda: 5)
    assert kernels.info().threads == 5


def test_an_unknown_level_is_refused_with_those_there_are(monkeypatch):
    there = ", ".join(kernels.info().available)
    monkeypatch.setenv("SAIKI_KERNELS", "sse9")
    message = rf"SAIKI_KERNELS must be one of {there} on this machine; got 'sse9'\. Unset it"
    with pytest.raises(BackendError, match=message):
        kernels.info()
    with pytest.raises(BackendError, match=message):
        nn.GRU(3, 4)(torch.ones(2, 1, 3))


@pytest.mark.parametrize("kind", ["RNN", "GRU", "LSTM"])
def test_torch_can_be_forced(monkeypatch, kind):
    layer = getattr(nn, kind)(3, 4)
    assert layer.backend_in_use(training=True) == "compiled"
    monkeypatch.setenv("SAIKI_KERNELS", "torch")
    assert layer.backend_in_use(training=True) in {"fused", "loop"}
    assert kernels.info().level == "torch"
    assert kernels.compiled_level() is None
    with pytest.raises(BackendError, match=r"got no compiled kernels\. Use backend='auto'"):
        getattr(nn, kind)(3, 4, backend="compiled")(torch.ones(2, 1, 3))


def test_an_installation_without_kernels_says_so_once_and_works(without_native):
    layer, x = nn.GRU(3, 4), torch.randn(5, 2, 3)
    with pytest.warns(UserWarning, match=r"without its compiled kernels.*Install a C\+\+20"):
        output, _ = layer(x)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert torch.equal(layer(x)[0], output)
    assert kernels.info().available == ("torch",)
    assert kernels.info().reason.startswith("This installation has no compiled kernels")


def test_asking_for_torch_silences_the_warning(without_native, monkeypatch):
    monkeypatch.setenv("SAIKI_KERNELS", "torch")
    assert nn.LSTM(3, 4)(torch.ones(2, 1, 3))[0].shape == (2, 1, 4)
    monkeypatch.setenv("SAIKI_KERNELS", "avx2")
    with pytest.raises(BackendError, match="SAIKI_KERNELS must be one of torch on this machine"):
        kernels.info()


def test_a_change_of_level_between_the_two_passes_changes_no_gradient(monkeypatch):
    """What the forward pass keeps is laid out for its own level, which the backward pass takes."""
    names = kernels.info().available[:-1]
    if len(names) < 2:
        pytest.skip(f"this machine has only {names}")
    layer, x = nn.GRU(3, 5, backend="compiled"), torch.randn(40, 3, 3)
    monkeypatch.setenv("SAIKI_KERNELS", "portable")
    layer(x)[0].square().sum().backward()
    expected = [weight.grad.clone() for weight in layer.parameters()]
    layer.zero_grad()
    output, _ = layer(x)
    monkeypatch.setenv("SAIKI_KERNELS", names[0])
    output.square().sum().backward()
    assert all(map(torch.equal, (weight.grad for weight in layer.parameters()), expected))


@pytest.mark.parametrize("way", ["forward", "stream"])
def test_a_layer_of_two_types_is_refused(way):
    layer = nn.LSTM(3, 4)
    layer.weight_hh_l0 = torch.nn.Parameter(layer.weight_hh_l0.double())
    with pytest.raises(BackendError, match=r"must be float32 on the CPU.*got one of torch.float64"):
        layer(torch.ones(2, 1, 3)) if way == "forward" else layer.stream()
