"""The training loop: parts, epochs, slices; each slice is a moment at which all is consistent."""

import mmap
import time
from collections.abc import Iterator
from dataclasses import dataclass, field

import numpy as np

from saiki.data.corpus import EncodedCorpus
from saiki.embeddings._held_out import Ranges
from saiki.embeddings._initial import keep_probability, noise_weights
from saiki.embeddings._parts import Epoch, Part, State, part_seed
from saiki.embeddings._settings import Settings, available_threads, usual_rate
from saiki.errors import DataError, NonFiniteError
from saiki.kernels.vectors import Rule, Tables, Tally, Trainer

__all__ = ["Cursor", "Job", "Moment", "forget_pages", "train"]

_MOST_LOSS = 1e4  # nats a prediction; chance is a few, so that more has diverged
SLICE_TOKENS = 1 << 18  # a fraction of a second; fixed, so that a resumed run cuts the same slices
_HELD_OUT_EPOCH = (1 << 31) - 1  # the same random draws at every measurement
_ROWS_AT_ONCE = 4096


@dataclass
class Cursor:
    """How far a job is, as plain JSON: what is done stands before it."""

    part: int = 0
    epoch: int = 0
    piece: int = 0
    loss_nats_sum: float = 0.0
    predictions: int = 0
    seconds: float = 0.0


@dataclass
class Job:
    """One training: what is trained on what, for how many epochs.

    Attributes:
        first_document: the row of the corpus's first document in the tables of documents.
        rates: first learning rate of each part.
    """

    settings: Settings
    state: State
    corpus: EncodedCorpus
    ranges: Ranges
    epochs: int
    rates: tuple[float, ...]
    first_document: int = 0
    cursor: Cursor = field(default_factory=Cursor)

    @property
    def words_in_epoch(self) -> int:
        """Words read in an epoch, dropped ones included."""
        kept = max(len(self.corpus.tokens), 1)
        return round(self.corpus.read_words * self.ranges.trained_tokens / kept)

    def words_done(self, token: int) -> int:
        """Words read in all parts and epochs, `token` tokens into the present one."""
        epochs = self.cursor.part * self.epochs + self.cursor.epoch
        return round((epochs + token / max(len(self.corpus.tokens), 1)) * self.words_in_epoch)


@dataclass(frozen=True)
class Moment:
    """What is known after a slice; `closed` is the epoch that it completed."""

    words: int  # of the whole job, all parts and epochs
    epoch: int
    objective: str
    loss_nats: float | None
    learning_rate: float
    closed: Epoch | None = None


def train(job: Job) -> Iterator[Moment]:
    """Trains from `job.cursor` on, and yields after every slice and every epoch.

    Raises:
        NonFiniteError: a loss or a table is not finite.
        DataError: an epoch held nothing to predict.
    """
    while job.cursor.part < len(job.state.parts):
        trainer = open_trainer(job, job.cursor.part)
        while job.cursor.epoch < job.epochs:
            yield from _train_epoch(job, trainer)
        job.cursor = Cursor(part=job.cursor.part + 1)
    job.state.epochs_done += job.epochs


def forget_pages(array: np.ndarray) -> None:
    """Gives back the memory of a mapped file's pages: they come again from the file when read."""
    mapping = getattr(array, "_mmap", None)
    if mapping is not None and hasattr(mapping, "madvise") and hasattr(mmap, "MADV_DONTNEED"):
        mapping.madvise(mmap.MADV_DONTNEED)


def open_trainer(job: Job, number: int) -> Trainer:
    """The trainer of one part."""
    settings, part, corpus = job.settings, job.state.parts[number], job.corpus
    documents = None if part.documents is None else part.documents[job.first_document :]
    return Trainer(
        rule_of(settings, part),
        tables_of(settings, part, job.state.vocabulary.counts, documents),
        corpus.tokens,
        corpus.offsets,
        seed=part_seed(settings.seed, number),
        threads=settings.threads or available_threads(),
        deterministic=settings.deterministic,
    )


def rule_of(settings: Settings, part: Part, *, learns_all: bool = True) -> Rule:
    """The part's rule; with `learns_all` False only the documents' vectors move."""
    return Rule(
        objective=part.objective,  # type: ignore[arg-type]  # checked by Settings
        output=settings.output,
        window=settings.window,
        negatives=max(settings.negatives, 1),  # a tree has none and may be given 0
        quality=settings.quality,
        trains_words=learns_all and settings.moves_words(part.objective),
        trains_outputs=learns_all,
    )


def tables_of(
    settings: Settings, part: Part, counts: np.ndarray, documents: np.ndarray | None
) -> Tables:
    return Tables(
        words=part.words,
        documents=documents,
        outputs=part.outputs,
        keep=keep_probability(counts, settings.subsample),
        noise=noise_weights(counts),
        codes=part.tree,
    )


def _train_epoch(job: Job, trainer: Trainer) -> Iterator[Moment]:
    cursor = job.cursor
    slices = job.ranges.slices(SLICE_TOKENS)
    for begin, end in slices[cursor.piece :]:
        began = time.perf_counter()
        rates = _rate_at(job, begin), _rate_at(job, end)
        epoch = _first_epoch(job) + cursor.epoch
        tally = trainer.run(begin, end, epoch=epoch, rate_begin=rates[0], rate_end=rates[1])
        forget_pages(job.corpus.tokens)
        _check_loss(job, tally, rates[0])
        cursor.piece += 1
        cursor.loss_nats_sum += tally.loss_nats_sum
        cursor.predictions += tally.predictions
        cursor.seconds += time.perf_counter() - began
        yield _moment(job, rates[1], end)
    closed = _close_epoch(job, trainer)
    yield _moment(job, closed.learning_rate, 0, closed)


def _first_epoch(job: Job) -> int:
    return job.state.epochs_done


def _rate_at(job: Job, token: int) -> float:
    """The learning rate where `token` tokens of the present epoch are behind."""
    first = job.rates[job.cursor.part]
    if job.settings.schedule == "constant":
        return first
    share = (job.cursor.epoch + token / len(job.corpus.tokens)) / job.epochs
    return first + (job.settings.final_learning_rate - first) * share


def _check_loss(job: Job, tally: Tally, rate: float) -> None:
    most = _MOST_LOSS * max(tally.predictions, 1)
    if not tally.loss_nats_sum <= most:  # NaN as well
        raise _non_finite(job, rate)


def _non_finite(job: Job, rate: float) -> NonFiniteError:
    objective = job.state.parts[job.cursor.part].objective
    return NonFiniteError(
        "epoch {epoch} of {objective}: the loss and the vectors must be finite; they are not, with"
        " a learning rate of {rate:.3g}. Set learning_rate lower (the usual one is {usual}) and"
        " train again.",
        epoch=_first_epoch(job) + job.cursor.epoch + 1,
        objective=objective,
        rate=rate,
        usual=usual_rate(objective),
    )


def _close_epoch(job: Job, trainer: Trainer) -> Epoch:
    cursor, part = job.cursor, job.state.parts[job.cursor.part]
    rate = _rate_at(job, len(job.corpus.tokens))
    if not all(_is_finite(table) for table in (part.words, part.documents, part.outputs)):
        raise _non_finite(job, rate)
    if not cursor.predictions:
        raise DataError(
            "epoch {epoch}: there must be words to predict; there are none, because each document"
            " holds a single known word or subsample={subsample} dropped the others. Give longer"
            " documents, a lower min_count, or subsample=0.",
            epoch=_first_epoch(job) + cursor.epoch + 1,
            subsample=job.settings.subsample,
        )
    epoch = Epoch(
        epoch=_first_epoch(job) + cursor.epoch + 1,
        objective=part.objective,
        train_loss_nats=cursor.loss_nats_sum / cursor.predictions,
        held_out_loss_nats=_held_out_loss(job, trainer),
        words_per_second=job.words_in_epoch / max(cursor.seconds, 1e-9),
        learning_rate=rate,
    )
    job.state.losses.append(epoch)
    job.cursor = Cursor(part=cursor.part, epoch=cursor.epoch + 1)
    return epoch


def _held_out_loss(job: Job, trainer: Trainer) -> float | None:
    loss, predictions = 0.0, 0
    for begin, end in job.ranges.held_out:
        tally = trainer.run(
            begin, end, epoch=_HELD_OUT_EPOCH, rate_begin=0.0, rate_end=0.0, learns=False
        )
        loss += tally.loss_nats_sum
        predictions += tally.predictions
    return loss / predictions if predictions else None


def _is_finite(table: np.ndarray | None) -> bool:
    if table is None:
        return True
    blocks = range(0, len(table), _ROWS_AT_ONCE)
    return all(bool(np.isfinite(table[at : at + _ROWS_AT_ONCE]).all()) for at in blocks)


def _moment(job: Job, rate: float, end: int, closed: Epoch | None = None) -> Moment:
    cursor = job.cursor
    return Moment(
        words=job.words_done(end),
        epoch=_first_epoch(job) + (cursor.epoch if closed else cursor.epoch + 1),
        objective=job.state.parts[cursor.part].objective,
        loss_nats=closed.train_loss_nats
        if closed
        else (cursor.loss_nats_sum / cursor.predictions if cursor.predictions else None),
        learning_rate=rate,
        closed=closed,
    )
