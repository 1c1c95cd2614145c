import ast
import doctest
import importlib
import pathlib
import subprocess
import sys

import numpy as np
import pytest

import saiki.equations
from saiki.equations import (
    gru_backward,
    gru_forward,
    lstm_backward,
    lstm_forward,
    split_gru_weights,
    split_lstm_weights,
)

FOLDER = pathlib.Path(saiki.equations.__file__).parent
MODULES = sorted(path.stem for path in FOLDER.glob("*.py") if not path.stem.startswith("_"))


def _imported(path: pathlib.Path) -> set[str]:
    names = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        if isinstance(node, ast.ImportFrom):
            names.add(node.module)
    return names


@pytest.mark.parametrize("path", sorted(FOLDER.glob("*.py")), ids=lambda path: path.stem)
def test_imports_numpy_and_this_room_alone(path):
    for name in _imported(path):
        top = name.split(".")[0]
        ours = name.startswith("saiki.equations.")
        assert ours or top == "numpy" or top in sys.stdlib_module_names, name


@pytest.mark.parametrize("name", MODULES)
def test_every_public_name_is_documented_and_re_exported(name):
    module = importlib.import_module(f"saiki.equations.{name}")
    assert "Source:" in module.__doc__
    assert "Symbols:" in module.__doc__
    for public in module.__all__:
        assert getattr(saiki.equations, public) is getattr(module, public)
        assert public in saiki.equations.__all__


@pytest.mark.parametrize("name", MODULES)
def test_examples_run(name):
    assert doctest.testmod(importlib.import_module(f"saiki.equations.{name}")).failed == 0


def test_no_function_hides_a_module():
    assert not set(MODULES) & set(saiki.equations.__all__)


def test_importing_does_not_bring_in_torch():
    code = "import sys, saiki.equations; sys.exit('torch' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_recurrences_keep_the_dtype(dtype, draw):
    x = draw(2, 3, 3).astype(dtype)
    lstm = split_lstm_weights(draw(16, 3).astype(dtype), draw(16, 4).astype(dtype))
    gru = split_gru_weights(draw(12, 3).astype(dtype), draw(12, 4).astype(dtype))
    for run, backward in (
        (lstm_forward(lstm, x, lengths=[3, 1]), lstm_backward),
        (gru_forward(gru, x, lengths=[3, 1]), gru_backward),
    ):
        assert run.h.dtype == dtype
        assert backward(run, run.h).x.dtype == dtype
