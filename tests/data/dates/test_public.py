"""The names of the package, and what its import costs."""

import doctest
import importlib
import subprocess
import sys

import pytest

import saiki.data.dates

MODULE_OF = {name: module for module, names in saiki.data.dates._HOMES.items() for name in names}


def test_the_list_of_homes_is_the_list_of_names():
    assert sorted(MODULE_OF) == sorted(saiki.data.dates.__all__) == dir(saiki.data.dates)
    for name, module in MODULE_OF.items():
        assert name in importlib.import_module(f"saiki.data.dates.{module}").__all__


@pytest.mark.parametrize("module", [*saiki.data.dates._HOMES, "_form"])
def test_the_examples_in_docstrings_run(module):
    result = doctest.testmod(importlib.import_module(f"saiki.data.dates.{module}"))
    assert result.failed == 0


def test_torch_is_not_imported():
    code = (
        "import sys, saiki.data.dates as d; d.dates_examples(9, 0, 'test');"
        "print('torch' in sys.modules)"
    )
    out = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert out.stdout.strip() == "False"
