"""The strings: each in both languages, each used, none missing."""

import re
from importlib import resources
from string import Formatter

import pytest

from saiki.insight.report._strings import STRINGS, texts

# Looked up by a name that comes from a file.
FAMILIES = ("part_", "metric_", "fact_", "kind_", "system_")
IN_NO_LANGUAGE = {"part_metric", "metric_bleu", "metric_chrf", "length_bin"}


def sources():
    folder = resources.files("saiki.insight.report")
    files = [*folder.iterdir(), *(folder / "templates").iterdir()]
    return {f.name: f.read_text("utf-8") for f in files if f.name.endswith((".py", ".html"))}


def fields(template):
    return {name for _, name, _, _ in Formatter().parse(template) if name}


def test_templates_ask_only_for_strings_that_exist():
    for name, text in sources().items():
        if name.endswith(".html"):
            wanted = set(re.findall(r"\btext\.(\w+)", text))
            assert wanted <= set(STRINGS), name


def test_every_string_is_used():
    text = "\n".join(t for name, t in sources().items() if not name.endswith("_strings.py"))
    for key in STRINGS:
        if not key.startswith(FAMILIES):
            assert re.search(rf'text\.{key}\b|"{key}"', text), key


@pytest.mark.parametrize("key", STRINGS)
def test_both_languages_say_the_same_with_the_same_fields(key):
    both = STRINGS[key]
    assert set(both) == {"en", "ja"}
    assert fields(both["en"]) == fields(both["ja"])
    assert re.search(r"[ぁ-んァ-ヶ一-龠]", both["ja"]) or key in IN_NO_LANGUAGE
    assert not re.search(r"[ぁ-んァ-ヶ一-龠]", both["en"])


def test_texts_are_those_of_the_language():
    assert texts("en")["confusion"] == "Confusion matrix"
    assert texts("ja")["confusion"] == "混同行列"


def test_no_key_hides_a_method_of_a_dictionary():
    assert not set(STRINGS) & set(dir({}))
