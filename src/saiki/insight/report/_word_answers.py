"""How questions to word vectors were answered, as rows of tables."""

from collections import Counter
from collections.abc import Container, Sequence
from typing import Any, Literal

from saiki.insight.report._format import Texts
from saiki.insight.report._reading import Row

__all__ = [
    "asked_words",
    "count_row",
    "directions",
    "kind_title",
    "outcome",
    "question_row",
    "with_minus",
]

Outcome = Literal["first", "near", "later", "beyond", "missing"]


_SIGNS = frozenset("+-−–＋")


def outcome(row: Row) -> Outcome:
    """Where the expected word came."""
    if row["missing"]:
        return "missing"
    rank = row["rank"]
    if rank is None:
        return "beyond"
    return "first" if rank == 1 else "near" if rank <= 5 else "later"


def kind_title(kind: str, text: Texts) -> str:
    """A kind of relation in the reader's language, where it is a usual one."""
    return text.get(f"kind_{kind.replace(' ', '_')}", kind)


def asked_words(row: Row) -> list[str]:
    """The words of a question, without the signs between them."""
    return [word for word in row["question"].split() if word not in _SIGNS]


def with_minus(question: str) -> str:
    """The question with a true minus sign."""
    return " ".join("−" if word == "-" else word for word in question.split())


def count_row(name: str, rows: Sequence[Row]) -> list[str]:
    """Name, questions, and how many were answered first, near, later, beyond, not."""
    found = [outcome(row) for row in rows]
    kinds: tuple[Outcome, ...] = ("first", "near", "later", "beyond", "missing")
    return [name, str(len(rows)), *(str(found.count(kind)) for kind in kinds)]


def question_row(row: Row, text: Texts) -> dict[str, Any]:
    """One question for the table of its kind."""
    result = outcome(row)
    place = {
        "first": text["place_first"],
        "beyond": text["place_beyond"],
        "missing": text["place_missing"].format(words=", ".join(row["missing"])),
    }.get(result, text["place_of"].format(rank=row["rank"]))
    return {
        "question": with_minus(row["question"]),
        "expected": " / ".join(row["expected"]),
        "place": place,
        "mark": "right" if result == "first" else "" if result == "near" else "wrong",
        "answers": [
            (a["word"], f"{a['similarity']:.2f}", a["word"] in row["expected"])
            for a in row["answers"]
        ],
    }


def directions(rows: Sequence[Row], known: Container[str]) -> list[tuple[str, str]]:
    """The pairs of words whose difference should be the same, of the questions a - b + c = d.

    With the same b and c in most questions, b to c and each a to its d; else b to a and c to d.
    """
    asked = [parts for row in rows if (parts := _parts(row)) and all(w in known for w in parts)]
    same = Counter((b, c) for _, b, c, _ in asked).most_common(1)
    has_one_pair = bool(same) and same[0][1] > max(1, len(asked) / 2)
    pairs = [
        pair
        for a, b, c, d in asked
        for pair in (((b, c), (a, d)) if has_one_pair else ((b, a), (c, d)))
    ]
    return list(dict.fromkeys(pairs))


def _parts(row: Row) -> tuple[str, str, str, str] | None:
    words = row["question"].split()
    if len(words) != 5 or words[1] != "-" or words[3] != "+" or not row["expected"]:
        return None
    return words[0], words[2], words[4], row["expected"][0]
