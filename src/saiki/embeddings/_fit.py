"""From a corpus to a trained state: encode, begin or resume, train, report, save."""

import shutil
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import asdict, dataclass, replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from saiki.artifacts.machine import peak_memory_bytes, reset_peak_memory
from saiki.data.corpus import EncodedCorpus, encode_corpus
from saiki.data.vocabulary import Vocabulary
from saiki.embeddings._held_out import plan_ranges
from saiki.embeddings._inference import warn_of_empty
from saiki.embeddings._interrupt import StopRequest, stop_on_interrupt
from saiki.embeddings._model_folder import read_model
from saiki.embeddings._parts import Part, State, first_parts, grown_parts
from saiki.embeddings._progress import Display, open_display
from saiki.embeddings._run import TrainingFolder
from saiki.embeddings._settings import Settings, check_number, check_whole
from saiki.embeddings._store import arrays_digest
from saiki.embeddings._training import Job, train
from saiki.errors import ArgumentError, DataError

if TYPE_CHECKING:
    from saiki.data.corpus import Corpus, Tokenizer

__all__ = ["Options", "continue_state", "fit_state"]

Publish = Callable[[Settings, State, Path], None]
Prepared = tuple[Job, Callable[[], list[Part]]]


@dataclass(frozen=True, kw_only=True)
class Options:
    """How a corpus is read, and where a training is kept; the arguments of `fit`."""

    folder: str | Path | None = None
    resume: bool = False
    progress: bool | None = None
    checkpoint_seconds: float = 60.0
    tokenizer: "Tokenizer | None" = None
    column: str | None = None
    name_column: str | None = None
    encoding: str = "utf-8"

    def check(self, owner: str) -> None:
        if self.resume and self.folder is None:
            raise ArgumentError(
                "{owner}.fit: resume=True must come with the folder of the run; got none. Give"
                " folder=.",
                owner=owner,
            )
        check_number(
            f"{owner}.fit",
            "checkpoint_seconds",
            self.checkpoint_seconds,
            "[0, 1e9]",
            low=0.0,
            high=1e9,
        )


def fit_state(
    settings: Settings, corpus: "Corpus | EncodedCorpus", options: Options, publish: Publish
) -> State:
    """Trains new tables; `publish` writes the vectors beside the model in the run's folder."""
    options.check(settings.owner)
    place = _open_place(settings, options, {})
    if place is not None and place.is_finished:
        return read_model(place.path / "model", settings.owner)[1]

    def prepare(display: Display | None) -> Prepared:
        encoded = _encode(settings, corpus, options, display)
        state = State(encoded.vocabulary, [], _names(settings, encoded, known=()))
        job = _job(settings, state, encoded, settings.epochs)
        return job, partial(first_parts, settings, encoded.vocabulary, encoded.offsets)

    return _run(settings, prepare, options, place, publish, _made_folder(corpus, options))


def continue_state(
    settings: Settings,
    before: State,
    corpus: "Corpus | EncodedCorpus",
    options: Options,
    publish: Publish,
    *,
    epochs: int,
    adds_words: bool,
    learning_rate: float | None,
) -> State:
    """Trains copies of the tables of `before` on more text."""
    owner = f"{settings.owner}.continue_training"
    check_whole(owner, "epochs", epochs, 1)
    if learning_rate is None:
        learning_rate = settings.learning_rate
    last = settings.final_learning_rate
    if isinstance(learning_rate, int | float) and learning_rate > 0:
        last = min(last, learning_rate)
    own = replace(settings, learning_rate=learning_rate, final_learning_rate=last)  # checks it
    options.check(settings.owner)
    extra: dict[str, Any] = {
        "epochs": epochs,
        "adds_words": adds_words,
        "learning_rate": learning_rate,
    }
    if options.folder is not None:
        extra["model_before"] = arrays_digest(before.to_arrays())
    place = _open_place(settings, options, extra)
    if place is not None and place.is_finished:
        return read_model(place.path / "model", settings.owner)[1]

    def prepare(display: Display | None) -> Prepared:
        known = before.vocabulary
        encoded = _encode(settings, corpus, options, display, known=known, grows=adds_words)
        names = before.names + _names(settings, encoded, known=before.names)
        state = State(encoded.vocabulary, [], names, before.epochs_done, losses=list(before.losses))
        job = _job(own, state, encoded, epochs)
        job.first_document = len(before.names)
        return job, partial(
            grown_parts, settings, before.parts, encoded.vocabulary, encoded.offsets
        )

    return _run(settings, prepare, options, place, publish, _made_folder(corpus, options))


def _open_place(
    settings: Settings, options: Options, extra: Mapping[str, Any]
) -> TrainingFolder | None:
    if options.folder is None:
        return None
    return TrainingFolder(
        Path(options.folder),
        settings,
        job_settings=extra,
        resume=options.resume,
        every_seconds=options.checkpoint_seconds,
    )


def _encode(
    settings: Settings,
    corpus: "Corpus | EncodedCorpus",
    options: Options,
    display: Display | None,
    *,
    known: Vocabulary | None = None,
    grows: bool = False,
) -> EncodedCorpus:
    if isinstance(corpus, EncodedCorpus):
        if known is not None and corpus.vocabulary.words[: len(known)] != known.words:
            raise DataError(
                "continue_training: the encoded corpus must have the words of the model first, in"
                " the same order; it has others. Encode it with vocabulary=model.vocabulary and"
                " grows=True, or give the texts themselves."
            )
        return corpus
    return encode_corpus(
        corpus,
        min_count=settings.min_count,
        max_size=settings.max_vocabulary,
        folder=_made_folder(corpus, options),
        tokenizer=options.tokenizer,
        column=options.column,
        name_column=options.name_column,
        encoding=options.encoding,
        vocabulary=known,
        grows=grows,
        progress=display,
    )


def _made_folder(corpus: "Corpus | EncodedCorpus", options: Options) -> Path | None:
    """Where a corpus is encoded that is not so yet; None for a temporary folder."""
    if options.folder is None or isinstance(corpus, EncodedCorpus):
        return None
    return Path(options.folder) / "corpus"


def _names(settings: Settings, corpus: EncodedCorpus, *, known: Sequence[str]) -> list[str]:
    """The names of the corpus's documents; without them numbers, going on from `known`."""
    if settings.owner != "Doc2Vec":
        return []
    documents = len(corpus.offsets) - 1
    given = corpus.names
    names = list(given or (str(len(known) + number) for number in range(documents)))
    seen = set(known)
    for name in names:
        if name in seen:
            raise DataError(
                "Doc2Vec: each document must have a name of its own; {name!r} is there already."
                " Rename one of the two, or leave names out.",
                name=name,
            )
        seen.add(name)
    return names


def _job(
    settings: Settings,
    state: State,
    corpus: EncodedCorpus,
    epochs: int,
) -> Job:
    _check_words(state, corpus)
    if settings.owner == "Doc2Vec":
        warn_of_empty("Doc2Vec", corpus.offsets)
    ranges = plan_ranges(
        corpus.offsets,
        fraction=settings.held_out,
        seed=settings.seed,
        keeps_documents=settings.owner == "Doc2Vec",
    )
    rates = tuple(map(settings.rate, settings.parts))
    return Job(settings, state, corpus, ranges, epochs, rates)


def _check_words(state: State, corpus: EncodedCorpus) -> None:
    if len(state.vocabulary) < 2:
        raise DataError(
            "the vocabulary must hold at least 2 words; it holds {word!r} alone. Give more text,"
            " or a lower min_count.",
            word=state.vocabulary.words[0] if len(state.vocabulary) else "",
        )
    if not len(corpus.tokens):
        raise DataError(
            "the corpus must hold words of the vocabulary; it holds none. Give other text, or"
            " adds_words=True and a lower min_count."
        )


def _run(
    settings: Settings,
    prepare: Callable[[Display | None], Prepared],
    options: Options,
    place: TrainingFolder | None,
    publish: Publish,
    made: Path | None,
) -> State:
    """Trains; `made` is the folder of a corpus that was encoded for this training alone."""
    reset_peak_memory()
    with ExitStack() as stack:
        display = stack.enter_context(open_display(options.progress))
        job, make_parts = prepare(display)
        if place is None or not place.begin(job):
            job.state.parts = make_parts()
        if display is not None:
            display.train(job)
        request = stack.enter_context(stop_on_interrupt())
        for moment in train(job):
            if display is not None:
                display.step(moment)
            if place is not None:
                place.note(job, moment, must_save=request.came)
            _stop_if_asked(request)
        if display is not None:
            display.finish()
    if place is not None:
        _finish(settings, job, place, publish)
        if made is not None and job.corpus.folder == made:
            shutil.rmtree(made, ignore_errors=True)
    return job.state


def _stop_if_asked(request: StopRequest) -> None:
    if request.came:
        raise KeyboardInterrupt


def _finish(settings: Settings, job: Job, place: TrainingFolder, publish: Publish) -> None:
    """Model, vectors, and last the result, which says that all is there."""
    publish(settings, job.state, place.path)
    place.finish(_result(settings, job))


def _result(settings: Settings, job: Job) -> dict[str, Any]:
    state = job.state
    losses = state.losses
    own = losses[-job.epochs * len(state.parts) :]
    held_out = losses[-1].held_out_loss_nats
    return {
        "task": "word-vectors" if settings.owner == "Word2Vec" else "document-vectors",
        "seed": settings.seed,
        "metrics": {
            "train": {"loss_nats": losses[-1].train_loss_nats},
            "validation": {} if held_out is None else {"loss_nats": held_out},
        },
        "epochs": [asdict(epoch) for epoch in own],
        "seconds": sum(job.words_in_epoch / epoch.words_per_second for epoch in own),
        "words_read": job.corpus.read_words,
        "vocabulary": len(state.vocabulary),
        "documents": len(state.names),
        "parameters": sum(
            table.size for table in state.tables().values() if table.dtype.name == "float32"
        ),
        "peak_memory_bytes": peak_memory_bytes(),
    }
