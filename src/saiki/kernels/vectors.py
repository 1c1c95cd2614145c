"""Trainers of word and document vectors: word2vec and doc2vec on compiled code.

Every prediction is a few logistic regressions, s = x · o, of an input x against output rows o:

    negative sampling       L = -ln σ(x · o_target) - Σ_{n drawn} ln σ(-x · o_n)
    hierarchical softmax    L = -Σ_{nodes k on the way to the target} ln σ((1 - 2 code_k) x · o_k)

    objective      input x of a prediction                              target
    "skip-gram"    a word of the window                                 the centre
    "cbow"         the mean of the window                               the centre
    "dbow"         the document                                         each of its words
    "dm"           the mean of the document and the window              the centre
    "dm-concat"    the document and the 2·window words around, in a row the centre

A window is what is left of the document up to b kept tokens to both sides, b uniform in
1..window ("dm-concat": always window, zeros beyond an edge). A drawn negative that is the target
does not count. Every step moves along the exact gradient.

Source: Mikolov, Chen, Corrado, Dean 2013, arXiv:1301.3781; Mikolov, Sutskever, Chen, Corrado, Dean
2013, arXiv:1310.4546, sections 2.1-2.3; Le and Mikolov 2014, arXiv:1405.4053. Differs: the mean's
gradient reaches each word of the window divided by their number, as the derivative says and
word2vec.c does not do; the number of distinct negatives (`Rule.quality`).
"""

import os
from dataclasses import dataclass
from typing import Final, get_args

import numpy as np
from numpy.typing import NDArray

from saiki.errors import ArgumentError, DataError
from saiki.kernels._vectors_layout import Placed, aligned_table, check_array, place
from saiki.kernels._vectors_level import level, native
from saiki.kernels._vectors_rule import Objective, Output, Quality, Rule, check_whole
from saiki.kernels._vectors_tables import Huffman, Tables, check_tables, huffman

__all__ = [
    "PIECE_TOKENS",
    "Huffman",
    "Objective",
    "Output",
    "Quality",
    "Rule",
    "Tables",
    "Tally",
    "Trainer",
    "aligned_table",
    "huffman",
]

#: Runs that are cut at multiples of this many tokens give what one run gives.
PIECE_TOKENS: Final = 4096


@dataclass(frozen=True, slots=True)
class Tally:
    """What a run saw: its mean loss in nats is loss_nats_sum / predictions."""

    loss_nats_sum: float
    predictions: int
    tokens: int
    kept_tokens: int


class Trainer:
    """Trains the tables on a corpus of token ids.

    Args:
        rule: what predicts what.
        tables: what is trained; the arrays are changed by `run`.
        tokens: int32 (N,), ids of the vocabulary; may be memory-mapped.
        offsets: int64 (D + 1,), document d is tokens[offsets[d]:offsets[d + 1]].
        seed: of every draw.
        threads: 1 or more. They train without locks, so that more than one give other vectors
            each time.
        deterministic: the same vectors for any number of threads. Blocks of 1024 tokens then see
            the same tables, and their changes are added in the order of the corpus.

    Raises:
        BackendError: there is no compiled code, or SAIKI_KERNELS asks for none.
        ArgumentError, ShapeError: an array or a number does not fit.

    Example:
        >>> import numpy as np
        >>> from saiki.kernels.vectors import Rule, Tables, Trainer
        >>> words = np.random.default_rng(0).uniform(-0.1, 0.1, (3, 4)).astype(np.float32)
        >>> tables = Tables(words, None, np.zeros((3, 4), np.float32),
        ...                 keep=np.ones(3, np.float32), noise=np.ones(3))
        >>> trainer = Trainer(Rule(objective="skip-gram"), tables, np.array([0, 1, 2], np.int32),
        ...                   np.array([0, 3]), seed=1)
        >>> trainer.run(0, 3, epoch=0, rate_begin=0.025, rate_end=0.025).tokens
        3
    """

    def __init__(
        self,
        rule: Rule,
        tables: Tables,
        tokens: NDArray[np.int32],
        offsets: NDArray[np.int64],
        *,
        seed: int,
        threads: int = 1,
        deterministic: bool = False,
    ) -> None:
        self._level = level()
        self._rule, self._tables = rule, tables
        check_whole("seed", seed, 0, 2**64 - 1)
        check_whole("threads", threads, 1, 1024)
        self._tokens = check_array("tokens", tokens, np.dtype(np.int32), 1)
        self._offsets = _check_offsets(offsets, len(self._tokens))
        check_tables(rule, tables, len(self._offsets) - 1)
        self._placed: dict[str, Placed] = {}
        self._kept: list[object] = []  # memory that the compiled code reads
        self._job = native().Job()
        self._job.seed, self._job.threads = seed, min(threads, 4 * (os.cpu_count() or 1))
        self._job.deterministic = deterministic
        self._set_rule()
        self._set_tables()

    def run(
        self,
        begin: int,
        end: int,
        *,
        epoch: int,
        rate_begin: float,
        rate_end: float,
        learns: bool = True,
        syncs: bool = True,
    ) -> Tally:
        """Trains on tokens[begin:end).

        Args:
            begin, end: a part of the corpus. It may cut a document: what lies beyond is still
                context. Draws depend on the place in the corpus, so that runs that meet at a
                multiple of PIECE_TOKENS give what one run gives.
            epoch: 0 or more; another one has other draws.
            rate_begin, rate_end: the learning rate falls, or rises, linearly over the part;
                where documents are inferred, over each document.
            learns: False measures the loss and changes nothing.
            syncs: whether the arrays of the tables are up to date afterwards; with False, they
                are after `sync`. Tables that `aligned_table` made always are.

        Returns:
            The loss of every prediction, measured before it was trained on, and counts.

        Raises:
            ArgumentError: the part does not lie in the corpus, or a rate is not finite.
            DataError: a token is not in the vocabulary. Tables are then partly trained.
        """
        self._check_run(begin, end, epoch, rate_begin, rate_end)
        loss, predictions, tokens, kept, bad = native().run(
            self._level, self._job, begin, end, epoch, rate_begin, rate_end, learns
        )
        if syncs and learns:
            self.sync()
        if bad >= 0:
            raise DataError(
                "Token {position} of the corpus has the id {word}, and the vocabulary has ids from"
                " 0 to {last}. Encode the corpus with the vocabulary of these tables.",
                position=bad,
                word=int(self._tokens[bad]),
                last=self._job.vocabulary - 1,
            )
        return Tally(loss, predictions, tokens, kept)

    def sync(self) -> None:
        """Brings the arrays of the tables up to date."""
        for placed in self._placed.values():
            placed.write_back()

    def _set_rule(self) -> None:
        rule, job = self._rule, self._job
        job.objective = get_args(Objective).index(rule.objective)
        job.hierarchical, job.fast = rule.output == "hierarchical", rule.quality == "fast"
        job.trains_words, job.trains_outputs = rule.trains_words, rule.trains_outputs
        job.window, job.negatives = rule.window, rule.negatives
        job.tokens, job.offsets = self._tokens.ctypes.data, self._offsets.ctypes.data
        job.document_count = len(self._offsets) - 1

    def _set_tables(self) -> None:
        tables, job = self._tables, self._job
        for name in ("words", "documents", "outputs"):
            if (table := getattr(tables, name)) is not None:
                self._placed[name] = place(table)
                getattr(job, f"set_{name}")(*self._placed[name].layout)
        job.keep, job.vocabulary = tables.keep.ctypes.data, len(tables.keep)
        self._kept.append(tables.keep)
        if self._rule.output == "negative" and tables.noise is not None:
            noise = np.frombuffer(
                native().alias_table(tables.noise.ctypes.data, len(tables.noise)), np.uint8
            )
            self._kept.append(noise)
            job.noise = noise.ctypes.data
        elif tables.codes is not None:
            codes = tables.codes
            self._kept.append(codes)
            job.code_offsets, job.nodes = codes.offsets.ctypes.data, codes.nodes.ctypes.data
            job.codes = codes.codes.ctypes.data
            job.longest_code = int(np.diff(codes.offsets).max())

    def _check_run(
        self, begin: int, end: int, epoch: int, rate_begin: float, rate_end: float
    ) -> None:
        check_whole("epoch", epoch, 0, 2**62)
        if not 0 <= begin <= end <= len(self._tokens):
            raise ArgumentError(
                "Trainer.run: begin and end must be in order and within the {count} tokens of the"
                " corpus; got {begin} and {end}.",
                count=len(self._tokens),
                begin=begin,
                end=end,
            )
        if not np.isfinite([rate_begin, rate_end]).all():
            raise ArgumentError(
                "Trainer.run: the learning rate must be finite; got {begin} and {end}.",
                begin=rate_begin,
                end=rate_end,
            )


def _check_offsets(offsets: object, tokens: int) -> NDArray[np.int64]:
    given = check_array("offsets", offsets, np.dtype(np.int64), 1)
    if not len(given) or given[0] != 0 or given[-1] != tokens or bool((np.diff(given) < 0).any()):
        raise ArgumentError(
            "offsets must rise from 0 to the number of tokens, {tokens}, with one entry more than"
            " there are documents; got {count} entries. Take them from the corpus that the tokens"
            " are from.",
            tokens=tokens,
            count=len(given),
        )
    return given
