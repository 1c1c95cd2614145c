"""The pages whose blocks are filled from the results: both READMEs and those in `docs/`."""

from collections.abc import Callable
from pathlib import Path

from benchmarks.record import RESULTS

ROOT = RESULTS.parent.parent


def pages() -> list[Path]:
    return sorted([*ROOT.glob("README*.md"), *ROOT.glob("docs/*.md")])


def is_japanese(page: Path) -> bool:
    return page.name.endswith(".ja.md")


def rewrite(filled: Callable[[str, bool], str]) -> None:
    """Writes what `filled` makes of each page's text and whether it is Japanese, if it differs."""
    for page in pages():
        text = page.read_text(encoding="utf-8")
        new = filled(text, is_japanese(page))
        if new != text:
            page.write_text(new, encoding="utf-8")
            print(f"wrote {page.relative_to(ROOT)}", flush=True)
