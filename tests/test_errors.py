"""The error tree, and the two languages of messages."""

import ast
import json
import pickle
import string
from importlib import resources
from pathlib import Path

import pytest

from saiki import errors
from saiki.errors import DataError, SaikiError, nearest
from saiki.language import render, set_language

SOURCE = Path(errors.__file__).parent


def error_classes():
    return [
        value
        for value in vars(errors).values()
        if isinstance(value, type) and issubclass(value, SaikiError) and value is not SaikiError
    ]


@pytest.mark.parametrize("kind", error_classes(), ids=lambda kind: kind.__name__)
def test_every_error_is_also_a_builtin_one_and_keeps_its_values(kind):
    builtin = [base for base in kind.__mro__ if base.__module__ == "builtins"]
    assert any(base not in (Exception, BaseException, object) for base in builtin)
    again = pickle.loads(pickle.dumps(kind("{who}: no {what}", who="a", what="b")))
    assert type(again) is kind
    assert str(again) == "a: no b"


def test_nearest_finds_the_likely_word():
    assert nearest("hiden_size", ["hidden_size", "cell"]) == "hidden_size"
    assert nearest("zzz", ["hidden_size"]) is None


def templates():
    """Every literal that is shown to users: of errors, `render` and configuration keys."""
    for path in sorted(SOURCE.rglob("*.py")):
        if "equations" in path.parts:
            continue
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if not isinstance(node, ast.Call):
                continue
            name = getattr(node.func, "id", getattr(node.func, "attr", ""))
            is_error = name in errors.__all__ or name == "FailedStepError"
            first = node.args[0] if node.args else None
            if (is_error or name == "render") and isinstance(first, ast.Constant):
                yield path, node.lineno, first.value
            if name == "Field":
                for keyword in node.keywords:
                    if keyword.arg == "description":
                        yield path, node.lineno, ast.literal_eval(keyword.value)


def fields(template):
    return {name for _, name, _, _ in string.Formatter().parse(template) if name is not None}


def test_every_message_has_a_japanese_form_with_the_same_fields():
    text = resources.files("saiki").joinpath("language_ja.json").read_text(encoding="utf-8")
    japanese = json.loads(text)
    missing = [f"{p.name}:{n}: {t}" for p, n, t in templates() if t not in japanese]
    assert not missing, "\n".join(missing)
    known = {t for _, _, t in templates()}
    for english, translated in japanese.items():
        if english in known:
            assert fields(english) == fields(translated), english


def test_errors_are_raised_with_literal_templates_only():
    for path in sorted(SOURCE.rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Raise) and isinstance(node.exc, ast.Call):
                name = getattr(node.exc.func, "id", "")
                if name in errors.__all__:
                    assert isinstance(node.exc.args[0], ast.Constant), f"{path}:{node.lineno}"


def test_the_language_follows_choice_environment_and_locale(monkeypatch):
    error = DataError("{path}: there is no such file. Check the path.", path="x")
    monkeypatch.delenv("SAIKI_LANG")
    monkeypatch.setenv("LC_ALL", "ja_JP.UTF-8")
    assert "ありません" in str(error)
    monkeypatch.setenv("SAIKI_LANG", "en")
    assert "no such file" in str(error)
    set_language("ja")
    assert "ありません" in str(error)
    assert render("{path}: there is no such file. Check the path.", language="en", path=1) == (
        "1: there is no such file. Check the path."
    )
