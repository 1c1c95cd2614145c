"""Training word vectors: one run, from configuration to a finished run folder."""

import shutil
import time
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

from rich.console import Console

from saiki.artifacts import (
    RunFolder,
    read_json,
    write_json_lines_atomic,
    write_text_atomic,
)
from saiki.data import SETS, text_files
from saiki.embeddings import Word2Vec, WordVectors
from saiki.errors import DataError, MissingFileError, SaikiError
from saiki.tasks.configure import config_to_toml
from saiki.tasks.run import (
    Run,
    StoppedError,
    check_is_no_grid,
    check_may_continue,
    run_facts,
)
from saiki.tasks.vectors_card import vectors_card
from saiki.tasks.vectors_config import CorpusConfig, WordVectorsConfig
from saiki.tasks.word_evaluation import score_lists
from saiki.tasks.word_questions import Question, ask, neighbours, parse_question, scores

__all__ = ["corpus_files", "train_word_vectors"]

TRAINING = "training"  # the folder of the trainer, below that of the run, until it has finished
_PATTERN = frozenset("*?[")


def train_word_vectors(
    config: WordVectorsConfig,
    folder: Path,
    *,
    resume: bool = False,
    console: Console | None = None,
    title: str | None = None,
) -> Run:
    """Trains word vectors into `folder`, asks the recipe's questions and writes down the answers.

    Args:
        config: what to do.
        folder: must not hold a run yet, unless `resume`.
        resume: go on from the newest checkpoint; a finished run is returned as it is.
        console: where progress is shown; None shows none.
        title: what progress calls this run.

    Raises:
        ConfigurationError: resumed with another configuration, or a question is not understood.
        DataError: the text cannot be used.
        RunFolderError: the folder holds a run already.
        StoppedError: interrupted; the checkpoint is saved.
    """
    run = RunFolder(folder)
    check_is_no_grid(run)
    if run.is_begun:
        check_may_continue(run, config, resume=resume)
        if run.is_finished:
            return Run(folder, read_json(run.result_file))
    _questions(config)  # a question that is not understood stops before anything is trained
    model = _model(config)
    files = corpus_files(config.data)
    is_new = not run.is_begun
    if is_new:
        data = {"source": config.data.source, "files": [str(file) for file in files]}
        run.begin(
            config_to_toml(config), run_facts(config.seed, config.training.threads or 0, data)
        )
    if console is not None and title is not None:
        console.print(title, markup=False)
    try:
        vectors = _fit(
            run, config, model, files, is_shown=console is not None and not console.quiet
        )
    except SaikiError:
        if is_new and not RunFolder(run.path / TRAINING).is_begun:
            _take_back(run)  # the text could not be used: the folder is free again
        raise
    return _finish(run, config, model, vectors)


def _take_back(run: RunFolder) -> None:
    """Removes what a run wrote that has not begun to train."""
    shutil.rmtree(run.path / TRAINING, ignore_errors=True)
    run.config_file.unlink()
    run.run_file.unlink()
    with suppress(OSError):  # the user's own files stay, and so does the folder then
        run.path.rmdir()


def corpus_files(config: CorpusConfig) -> list[Path]:
    """The files of a source: those of a data set, those that a glob finds, or the one named.

    Raises:
        MissingFileError: there is none.
    """
    if config.source in SETS:
        return list(text_files(config.source))
    source = Path(config.source)
    if not source.exists() and _PATTERN & set(config.source):
        found = sorted(Path(source.anchor).glob(str(source.relative_to(source.anchor))))
        if found:
            return found
    if not source.exists():
        raise MissingFileError(
            "{path}: there is no such text file, and no data set of that name. Correct "
            "data.source; `saiki data list` shows the data sets.",
            path=config.source,
        )
    if source.is_dir():
        raise DataError(
            "{path}: is a folder; data.source must be a file of text or a glob. Give {path}/*.txt, "
            "for example.",
            path=source,
        )
    return [source]


def _model(config: WordVectorsConfig) -> Word2Vec:
    model, training = config.model, config.training
    return Word2Vec(
        model.vector_size,
        model.window,
        model.min_count,
        model.objective,
        model.output,
        model.negatives,
        model.subsample,
        training.epochs,
        threads=training.threads,
        seed=config.seed,
        deterministic=training.deterministic,
        quality=training.quality,
        learning_rate=training.learning_rate,
        final_learning_rate=training.final_learning_rate,
        schedule=training.schedule,
        max_vocabulary=model.max_vocabulary,
        held_out=training.held_out,
    )


def _fit(
    run: RunFolder,
    config: WordVectorsConfig,
    model: Word2Vec,
    files: Sequence[Path],
    *,
    is_shown: bool,
) -> WordVectors:
    data = config.data
    try:
        return model.fit(
            list(files),
            folder=run.path / TRAINING,
            resume=True,
            progress=None if is_shown else False,
            tokenizer=None if data.tokenizer == "white-space" else data.tokenizer,
            column=data.column,
            encoding=data.encoding,
            checkpoint_seconds=config.training.checkpoint_seconds,
        )
    except KeyboardInterrupt as stop:
        raise StoppedError from stop


def _finish(
    run: RunFolder, config: WordVectorsConfig, model: Word2Vec, vectors: WordVectors
) -> Run:
    began = time.perf_counter()
    trained = read_json(run.path / TRAINING / "result.json")
    corpus = read_json(run.path / TRAINING / "run.json")["corpus"]
    rows = [ask(vectors, kind, question) for kind, question in _questions(config)]
    write_json_lines_atomic(run.predictions_file("analogies"), rows)
    near = neighbours(vectors, config.questions.neighbours)
    write_json_lines_atomic(run.predictions_file("neighbours"), near)
    listed = score_lists(vectors, config.evaluation)
    model.save(run.path)
    shutil.copyfile(run.path / TRAINING / "metrics.jsonl", run.path / "metrics.jsonl")
    result = {
        "task": config.task,
        "recipe": config.recipe,
        "seed": config.seed,
        "metrics": _metrics(trained, rows, listed),
        "headline": _headline(config, rows),
        "lists": listed,
        "corpus": corpus | {"files": [file.name for file in corpus_files(config.data)]},
        "seconds": round(trained["seconds"], 3),
        "evaluation_seconds": round(time.perf_counter() - began, 3),
        "parameters": trained["parameters"],
        "peak_memory_bytes": trained["peak_memory_bytes"],
        "backend": f"C++, {config.training.quality}",
        "epochs": len(model.losses),
        "vector_size": vectors.vector_size,
    }
    write_text_atomic(run.card_file, vectors_card(config, result, rows))
    model_files = [*run.path.glob("vectors.*"), *(run.path / "model").iterdir()]
    run.finish(None, result, files=sorted(model_files))
    shutil.rmtree(run.path / TRAINING, ignore_errors=True)
    return Run(run.path, result)


def _questions(config: WordVectorsConfig) -> list[tuple[str, Question]]:
    """(kind, question) in the order of the configuration; the headline first, as kind ""."""
    asked = config.questions
    first = [("", parse_question(asked.headline))] if asked.headline else []
    kinds = asked.analogies.items()
    return first + [(kind, parse_question(text)) for kind, texts in kinds for text in texts]


def _headline(config: WordVectorsConfig, rows: Sequence[dict[str, Any]]) -> dict[str, Any] | None:
    return rows[0] if config.questions.headline else None


def _metrics(
    trained: dict[str, Any], rows: Sequence[dict[str, Any]], listed: Sequence[dict[str, Any]]
) -> dict[str, dict[str, float]]:
    listed_rows = [row for row in rows if row["kind"]]
    test = scores(listed_rows) if listed_rows else {}
    for row in listed:
        name = "accuracy" if row["kind"] == "analogies" else "spearman"
        if row.get(name) is not None:
            test[f"{name} {row['name']}"] = row[name]
    metrics: dict[str, dict[str, float]] = dict(trained["metrics"])
    return metrics | ({"test": test} if test else {})
