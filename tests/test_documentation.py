"""What the documentation shows runs: docstring examples, code in docs, relative links."""

import doctest
import importlib
import pkgutil
import re
from pathlib import Path

import pytest

import saiki

ROOT = Path(__file__).parent.parent
PAGES = sorted([*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md")])
MODULES = [
    module.name
    for module in pkgutil.walk_packages(saiki.__path__, "saiki.")
    if not module.name.endswith("__main__")
]


@pytest.mark.parametrize("name", MODULES)
def test_examples_in_docstrings_run(name):
    module = importlib.import_module(name)
    result = doctest.testmod(module, optionflags=doctest.NORMALIZE_WHITESPACE)
    assert result.failed == 0


@pytest.mark.parametrize("room", ["nn", "data", "equations", "kernels", "models", "training"])
def test_every_exported_name_exists(room):
    module = importlib.import_module(f"saiki.{room}")
    assert len(module.__all__) == len(set(module.__all__))
    for name in module.__all__:
        assert getattr(module, name) is not None


@pytest.mark.parametrize("page", ["layers.md", "shapes.md", "shapes.ja.md"])
def test_the_code_in_the_pages_on_layers_runs(page):
    text = (ROOT / "docs" / page).read_text(encoding="utf-8")
    blocks = re.findall(r"```python\n(.*?)```", text, re.DOTALL)
    assert blocks
    for block in blocks:
        exec(compile(block, page, "exec"), {})


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_relative_links_lead_somewhere(page):
    for target in re.findall(r"\]\(([^)#:]+)\)", page.read_text(encoding="utf-8")):
        assert (page.parent / target).exists(), target


def test_both_readmes_have_the_same_tables():
    tables = [
        re.findall(r"<!-- table: (\w+) -->", (ROOT / name).read_text(encoding="utf-8"))
        for name in ("README.md", "README.ja.md")
    ]
    assert tables[0] == tables[1]
