"""`saiki vectors`: finds the action and runs it; each is in a private module beside this one."""

from importlib import import_module
from typing import Any

from saiki.cli.main import Invocation
from saiki.errors import ArgumentError, nearest
from saiki.language import render

__all__ = ["ACTIONS", "run"]

ACTIONS: dict[str, str] = {
    "train": "trains word or document vectors on text; leaves a folder",
    "similar": "the words nearest to a word, or the documents nearest to a document",
    "analogy": "king - man + woman: the words nearest to a sum",
    "odd-one-out": "the word that fits the others least",
    "evaluate": "scores vectors by word pairs that people rated, and by analogies",
    "infer": "vectors of new documents, one a line",
    "convert": "writes vectors in another format of the field",
    "plot": "a map of the words as one HTML file",
}

_HOMES = {
    "train": "_vectors_train",
    "similar": "_vectors_search",
    "analogy": "_vectors_search",
    "odd-one-out": "_vectors_search",
    "evaluate": "_vectors_evaluate",
    "infer": "_vectors_infer",
    "convert": "_vectors_files",
    "plot": "_vectors_files",
}


def run(invocation: Invocation) -> int:
    """Runs the command."""
    words = invocation.words
    if not words or words[0] in ("-h", "--help", "help"):
        print(_help())
        raise SystemExit(0)
    action = words[0]
    if action not in ACTIONS:
        raise ArgumentError(
            "vectors: there is no action {action!r}. Did you mean {near!r}? `saiki vectors --help` "
            "lists all.",
            action=action,
            near=nearest(action, ACTIONS) or "train",
        )
    module = import_module(f"saiki.cli.{_HOMES[action]}")
    perform: Any = getattr(module, action.replace("-", "_"))
    status: int = perform(Invocation(words[1:], invocation.as_json))
    return status


def _help() -> str:
    rows = "\n".join(f"  {name:<12} {render(text)}" for name, text in ACTIONS.items())
    return render(
        "saiki vectors: word and document vectors\n\nusage: saiki vectors ACTION ...\n\n{rows}\n\n"
        "`saiki vectors ACTION --help` explains one.\n"
        "Begin with: saiki vectors train CORPUS --tokenizer words --out vectors",
        rows=rows,
    )
