"""The room as a whole: its names, and what its import costs."""

import doctest
import importlib
import subprocess
import sys

import pytest

import saiki.data

MODULE_OF = {name: module for module, names in saiki.data._HOMES.items() for name in names}


@pytest.mark.parametrize("name", saiki.data.__all__)
def test_every_public_name_is_there_and_documented(name):
    found = getattr(saiki.data, name)
    module = importlib.import_module(f"saiki.data.{MODULE_OF[name]}")
    assert name in module.__all__
    if callable(found) and isinstance(found, type):
        assert found.__doc__


def test_the_list_of_homes_is_the_list_of_names():
    assert sorted(MODULE_OF) == sorted(saiki.data.__all__) == dir(saiki.data)


def test_no_other_name():
    with pytest.raises(AttributeError, match="has no attribute 'Exemples'"):
        _ = saiki.data.Exemples


@pytest.mark.parametrize(
    ("statement", "absent"),
    [
        ("import saiki.data", ["numpy", "torch", "pooch", "soundfile"]),
        ("from saiki.data import catalogue", ["numpy", "torch", "pooch", "soundfile"]),
        (
            "import saiki.data as d; [getattr(d, n) for n in d.__all__]; d.LogMel(8000)",
            ["torch", "pooch", "soundfile", "soxr"],
        ),
    ],
)
def test_imports_stay_light(statement, absent):
    code = f"import sys; {statement}; print([n for n in {absent} if n in sys.modules])"
    out = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert out.stdout.strip() == "[]"


@pytest.mark.parametrize("module", sorted(set(MODULE_OF.values())))
def test_the_examples_in_docstrings_run(module):
    found = importlib.import_module(f"saiki.data.{module}")
    result = doctest.testmod(found)
    assert result.failed == 0


def test_what_takes_arguments_has_an_example():
    without = {
        name
        for name in saiki.data.__all__
        if "Args:" in (getattr(saiki.data, name).__doc__ or "")
        and ">>>" not in getattr(saiki.data, name).__doc__
    }
    # Records, and what needs files or a network.
    assert without == {
        "ArchiveInfo",
        "FileInfo",
        "SetInfo",
        "SplitPlan",
        "TableInfo",
        "fetch",
        "load",
        "read_examples",
    }
