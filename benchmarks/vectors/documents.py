"""Film reviews classified by their vectors: trained without labels, logistic regression on top."""

import json
from collections import defaultdict
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.process import side_by_side
from benchmarks.vectors import corpora
from benchmarks.vectors.figures import Row, figures_by_name
from benchmarks.vectors.job import Job, side_of
from benchmarks.vectors.meter import Meter
from benchmarks.vectors.plan import Plan

SYSTEMS = (("gensim", "exact"), ("saiki", "exact"), ("saiki", "fast"))
KINDS = ("PV-DBOW", "PV-DM", "both")


def measure(plan: Plan) -> list[Row]:
    """A row for each kind of vectors and system: figures over the seeds."""
    corpus, labels = corpora.documents(plan.lines)
    requests = [
        {"system": s, "quality": q, "seed": seed, "epochs": plan.document_epochs}
        | {"corpus": corpus, "labels": labels}
        for s, q in SYSTEMS
        for seed in range(plan.document_seeds)
    ]
    held: dict[tuple[str, str], list[dict[str, float]]] = defaultdict(list)
    for answer in side_by_side("vectors.documents", requests):
        for kind in KINDS:
            held[kind, answer["name"]].append(answer[kind])
    rows = [
        {"title": f"{kind}: {name}", "kind": kind, "system": name, **figures_by_name(answers)}
        for (kind, name), answers in sorted(held.items(), key=lambda e: KINDS.index(e[0][0]))
    ]
    for row in rows:
        print(
            row["title"],
            {n: f"{row[n]['mean']:.2f}" for n in ("validation", "five folds", "inferred")},
        )
    return rows


def work(
    system: str, quality: str, seed: int, epochs: int, corpus: str, labels: str
) -> dict[str, Any]:
    """Accuracy in percent by PV-DBOW, PV-DM and both side by side."""
    known = json.loads(Path(labels).read_text(encoding="utf-8"))
    trained, held_out = len(known["train"]), len(known["validation"])
    with Path(corpus).open(encoding="utf-8") as file:
        texts = [line.split() for _, line in zip(range(trained + held_out), file, strict=False)]
    side, vectors, inferred, found = side_of(system), [], [], {}
    for number, objective in enumerate(("dbow", "dm")):
        job = Job(
            system=system,
            quality=quality,
            corpus=corpus,
            objective=objective,
            epochs=epochs,
            seed=seed,
        )
        meter = Meter()
        read = side.read(job)
        with meter.part("training"):
            side.train(job, read)
        vectors.append(side.document_vectors(read)[: trained + held_out])
        with meter.part("inference"):
            inferred.append(side.infer(read, texts[trained:], epochs))
        found[KINDS[number]] = meter.figures()
    y = np.array(known["train"] + known["validation"])
    tables = [*zip(vectors, inferred, strict=True)]
    tables.append((np.hstack(vectors), np.hstack(inferred)))
    found.setdefault("both", {})
    for kind, (own, new) in zip(KINDS, tables, strict=True):
        found[kind] |= _accuracies(own, new, y, trained)
    return {"name": job.name, **found}


def _accuracies(own: np.ndarray, new: np.ndarray, y: np.ndarray, trained: int) -> dict[str, float]:
    from sklearn.linear_model import LogisticRegression
    from sklearn.model_selection import StratifiedKFold, cross_val_score
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler

    model = make_pipeline(StandardScaler(), LogisticRegression(max_iter=2000))
    folds = cross_val_score(model, own, y, cv=StratifiedKFold(5, shuffle=True, random_state=0))
    model.fit(own[:trained], y[:trained])
    return {
        "validation": 100 * model.score(own[trained:], y[trained:]),
        "five folds": 100 * float(np.mean(folds)),
        "inferred": 100 * model.score(new, y[trained:]),
    }
