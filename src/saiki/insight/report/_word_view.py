"""What the page shows of a run of word vectors."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from saiki.embeddings import WordVectors
from saiki.insight._projection import principal_plane, unit_rows
from saiki.insight.report._curves import learning_curves
from saiki.insight.report._figures import Figure, axis, figure, plain
from saiki.insight.report._format import Texts, finite, integer, percent
from saiki.insight.report._map_figures import arrow_figure
from saiki.insight.report._reading import Row, Run, read_predictions, read_run
from saiki.insight.report._run_view import cost_figures, record_view
from saiki.insight.report._word_answers import (
    asked_words,
    count_row,
    directions,
    kind_title,
    outcome,
    question_row,
    with_minus,
)
from saiki.insight.report._word_maps import word_maps

__all__ = ["word_view"]

_MAPPED = 400
_OUTCOMES = {
    "first": ("answered_first", "@3"),
    "near": ("answered_near", "@6"),
    "later": ("answered_later", "@5"),
    "beyond": ("answered_beyond", "@2"),
    "missing": ("answered_not", "@8"),
}


def word_view(run: Run, text: Texts) -> dict[str, Any]:
    """The values of the template `word_vectors.html`."""
    run = _with_epochs(run)
    rows = read_predictions(run.folder, "analogies")
    listed = [row for row in rows if row.get("kind")]
    vectors = _vectors(run)
    return record_view(run, text) | {
        "kind": "word_vectors",
        "headline": _headline(run, listed, text),
        "question": _question(rows, text),
        "analogies": _analogies(listed, text) if listed else None,
        "neighbours": _neighbours(read_predictions(run.folder, "neighbours")),
        "lists": [_list_row(row, text) for row in (run.result or {}).get("lists") or []],
        "corpus": _corpus(run, text),
        "curves": learning_curves(run, text, marks_best=False),
        "directions": _directions(vectors, listed, text) if vectors else [],
        "vector_size": vectors.vector_size if vectors else 0,
        "maps": _maps(vectors, listed, run, text) if vectors else [],
    }


def _with_epochs(run: Run) -> Run:
    """A run that has not finished keeps its epochs with the trainer's checkpoints."""
    inner = run.folder / "training"
    if run.epochs or not (inner / "metrics.jsonl").exists():
        return run
    return replace(run, epochs=read_run(inner).epochs)


def _vectors(run: Run) -> WordVectors | None:
    has_vectors = run.result is not None and (run.folder / "vectors.json").exists()
    return WordVectors.load(run.folder) if has_vectors else None


def _headline(run: Run, rows: Sequence[Row], text: Texts) -> list[tuple[str, str]]:
    result = run.result or {}
    shown = []
    if rows:
        found = [outcome(row) for row in rows]
        first = sum(each == "first" for each in found)
        near = first + sum(each == "near" for each in found)
        for title, count in (("right_answers", first), ("right_answers_near", near)):
            shown.append((text[title], text["count_of"].format(count=count, total=len(rows))))
    corpus = result.get("corpus") or {}
    if corpus:
        shown.append((text["words_read"], integer(corpus.get("words_read"))))
        shown.append((text["vocabulary"], integer(corpus.get("vocabulary"))))
    if result.get("vector_size") is not None:
        shown.append((text["vector_size"], integer(result["vector_size"])))
    return shown + cost_figures(result, text)


def _question(rows: Sequence[Row], text: Texts) -> dict[str, Any] | None:
    """The first question of the run: its answers as a figure, and what they say in words."""
    row = next((row for row in rows if not row.get("kind")), None)
    if row is None:
        return None
    expected = " / ".join(row["expected"])
    said = {
        "first": "headline_first",
        "near": "headline_place",
        "later": "headline_place",
        "beyond": "headline_beyond",
        "missing": "headline_missing",
    }[outcome(row)]
    answers = row["answers"]
    sentence = text[said].format(
        word=answers[0]["word"] if answers else "",
        expected=expected,
        rank=row.get("rank"),
        words=", ".join(row["missing"]),
    )
    if row.get("nearest_of_all"):
        sentence += " " + text["headline_inputs"].format(word=row["nearest_of_all"])
    return {
        "title": f"{with_minus(row['question'])} = {expected}?",
        "said": sentence,
        "is_right": outcome(row) == "first",
        "figure": _answer_bars(row, text) if answers else None,
    }


def _answer_bars(row: Row, text: Texts) -> Figure:
    answers = row["answers"]
    bars = {
        "type": "bar",
        "orientation": "h",
        "x": [answer["similarity"] for answer in answers],
        "y": [plain(answer["word"]) for answer in answers],
        "text": [f"{answer['similarity']:.3f}" for answer in answers],
        "textposition": "inside",
        "insidetextanchor": "end",
        "marker": {
            "color": ["@3" if a["word"] in row["expected"] else "@8" for a in answers],
        },
        "hoverinfo": "skip",
    }
    # The bars' colours are a list, which plots.js paints as well.
    y = axis("", type="category", autorange="reversed", ticksuffix="  ")
    caption = f"{with_minus(row['question'])} ≈"
    return figure(caption, [bars], axis(text["similarity"]), y, height=230, showlegend=False)


def _analogies(rows: Sequence[Row], text: Texts) -> dict[str, Any]:
    kinds = list(dict.fromkeys(row["kind"] for row in rows))
    of_kind = {kind: [row for row in rows if row["kind"] == kind] for kind in kinds}
    asked = [row for row in rows if row.get("nearest_of_all")]
    own = sum(row["nearest_of_all"] in asked_words(row) for row in asked)
    return {
        "figure": _outcome_bars(of_kind, text),
        "counts": [count_row(kind_title(kind, text), of_kind[kind]) for kind in kinds],
        "total": count_row(text["all_questions"], rows),
        "inputs": text["analogies_inputs"].format(count=own, total=len(asked)) if asked else "",
        "kinds": [
            {
                "title": kind_title(kind, text),
                "rows": [question_row(row, text) for row in of_kind[kind]],
            }
            for kind in kinds
        ],
    }


def _outcome_bars(of_kind: Mapping[str, Sequence[Row]], text: Texts) -> Figure:
    """For each kind the shares of questions that are answered first, near, later, not."""
    names = [plain(kind_title(kind, text)) for kind in of_kind]
    bars = []
    for name, (title, color) in _OUTCOMES.items():
        counts = [sum(outcome(row) == name for row in rows) for rows in of_kind.values()]
        if any(counts):
            totals = [len(rows) for rows in of_kind.values()]
            bars.append(
                {
                    "type": "bar",
                    "orientation": "h",
                    "name": text[title],
                    "x": [count / total for count, total in zip(counts, totals, strict=True)],
                    "y": names,
                    "text": [str(count) if count else "" for count in counts],
                    "textposition": "inside",
                    "textangle": 0,
                    "insidetextanchor": "middle",
                    "marker": {"color": color},
                    "hoverinfo": "skip",
                }
            )
    x = axis(text["share_of_questions"], range=[0, 1], tickformat=".0%")
    y = axis("", type="category", autorange="reversed", ticksuffix="  ")
    height = 130 + 34 * len(names)
    return figure(text["analogies"], bars, x, y, height=height, barmode="stack", showlegend=True)


def _neighbours(rows: Sequence[Row]) -> list[dict[str, Any]]:
    return [
        {
            "word": row["word"],
            "near": [(near["word"], f"{near['similarity']:.2f}") for near in row["neighbours"]],
        }
        for row in rows
    ]


def _list_row(row: Row, text: Texts) -> list[str]:
    reason = row.get("reason")
    if reason is not None:
        said = text["list_absent"] if reason == "absent" else str(reason)
        return [row["name"], said, "–", "–", "–"]
    is_pairs = row["kind"] == "similarity"
    value = finite(row["spearman"] if is_pairs else row["accuracy"])
    score = "–" if value is None else f"{value:.3f}" if is_pairs else percent(value)
    used = integer(row["pairs"] if is_pairs else row["answered"])
    measure = text["spearman" if is_pairs else "share_right"]
    return [row["name"], measure, score, used, integer(row["missing"])]


def _corpus(run: Run, text: Texts) -> list[tuple[str, str]]:
    corpus = (run.result or {}).get("corpus")
    if not corpus:
        return []
    model = run.configuration.get("model") or {}
    dropped = text["words_dropped"].format(count=model.get("min_count", "–"))
    return [
        (text["corpus_files"], ", ".join(corpus.get("files", []))),
        (text["documents"], integer(corpus["documents"])),
        (text["words_read"], integer(corpus["words_read"])),
        (dropped, integer(corpus["words_read"] - corpus["words_kept"])),
        (text["words_kept"], integer(corpus["words_kept"])),
        (text["vocabulary"], integer(corpus["vocabulary"])),
    ]


def _directions(vectors: WordVectors, rows: Sequence[Row], text: Texts) -> list[Figure]:
    """For each kind of analogy the arrows that should be parallel."""
    figures = []
    for kind in dict.fromkeys(row["kind"] for row in rows):
        pairs = directions([row for row in rows if row["kind"] == kind], vectors)
        words = list(dict.fromkeys(word for pair in pairs for word in pair))
        if len(words) < 4:
            continue
        plane, share = principal_plane(unit_rows(vectors[words]))
        caption = text["direction_caption"].format(
            kind=kind_title(kind, text), share=percent(share)
        )
        places = dict(zip(words, plane, strict=True))
        figures.append(arrow_figure(pairs, places, caption, ""))
    return figures


def _maps(vectors: WordVectors, rows: Sequence[Row], run: Run, text: Texts) -> list[Figure]:
    """The words of the questions in colours, among the most frequent ones."""
    kind_of: dict[str, str] = {}
    for row in rows:
        for word in [*asked_words(row), *row["expected"]]:
            if word in vectors:
                kind_of.setdefault(word, kind_title(row["kind"], text))
    others = [word for word in vectors.words if word not in kind_of]
    words = [*kind_of, *others[: max(0, _MAPPED - len(kind_of))]]
    if len(words) < 2:
        return []
    groups = {
        kind: [i for i, word in enumerate(words) if kind_of.get(word) == kind]
        for kind in dict.fromkeys(kind_of.values())
    }
    groups[text["frequent_words"]] = list(range(len(kind_of), len(words)))
    seed = run.configuration.get("seed")
    return word_maps(vectors, words, groups, text, seed=seed if isinstance(seed, int) else 0)
