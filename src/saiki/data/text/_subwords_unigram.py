"""The unigram model: which pieces there are, and how likely each is."""

import io
import math
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from saiki.data.text._decoders import ORDINARY, UNKNOWN_ID
from saiki.data.text._morphemes import pieces
from saiki.errors import ArgumentError

if TYPE_CHECKING:
    from tokenizers import Tokenizer

_BLANK = "\u2581"  # the trainer's sign for a space
_KEPT_OUT = "\0\t\n\r\u2581\u2585"  # signs of the trainer; such characters stay pieces of their own
_SENTENCE_BYTES = 1024
_SEEDS_A_PIECE = 10
# Ids that no text may ever match: a run that is no text.
_NO_TEXT = "\U0010ffff" * 32


@dataclass(frozen=True)
class Unigram:
    """Pieces in the order of their ids, and the natural logarithm of each one's probability."""

    tokens: tuple[str, ...]
    scores: tuple[float, ...]

    @classmethod
    def learn(cls, texts: Sequence[str], room: int, min_count: int) -> "Unigram":
        """At most `room` pieces, every character seen `min_count` times among them.

        The trainer is SentencePiece's, in one thread, because that of `tokenizers` gives other
        pieces on every run.
        """
        counter: Counter[str] = Counter()
        for text in texts:
            counter.update(text)
        seen = {char: n for char, n in counter.most_common() if n >= min_count}
        if not 2 <= len(seen) <= room:
            raise ArgumentError(
                "unigram.fit: the texts hold {seen} characters seen {min_count} times or more; "
                "they and 4 special tokens must fit into {size} tokens, and be at least two. "
                "Raise max_vocabulary or choose another min_count.",
                seen=len(seen),
                min_count=min_count,
                size=room + ORDINARY,
            )
        learnt = _train(texts, seen, room)
        longer = [piece for piece in learnt if len(piece) > 1 and set(piece) <= set(seen)]
        kept = [*seen, *longer[: room - len(seen)]]
        # What the trainer did not see is scored by its count, below all that it did.
        total, least = counter.total(), min(learnt.values(), default=0.0)
        scores = [learnt.get(piece, least + math.log(seen.get(piece, 1) / total)) for piece in kept]
        return cls(tuple(kept), tuple(scores))

    @classmethod
    def from_json(cls, tokens: Sequence[str], stored: dict[str, Any]) -> "Unigram":
        """What `to_json` wrote; ValueError says what is wrong with it."""
        scores = tuple(float(score) for score in stored["scores"])
        if len(scores) != len(tokens) or not all(map(math.isfinite, scores)):
            message = f"{len(scores)} scores for {len(tokens)} tokens, each a finite number"
            raise ValueError(message)
        return cls(tuple(tokens), scores)

    def to_json(self) -> dict[str, Any]:
        """The scores; the pieces are in the vocabulary."""
        return {"scores": list(self.scores)}

    def in_order(self, order: Sequence[int]) -> "Unigram":
        """The same pieces with other ids."""
        return Unigram(tuple(self.tokens[i] for i in order), tuple(self.scores[i] for i in order))

    def model(self) -> "Tokenizer":
        """The library's tokeniser, with our ids."""
        from tokenizers import Tokenizer, models  # noqa: PLC0415

        low = min(self.scores)
        special = [(f"{_NO_TEXT}{number}", low) for number in range(ORDINARY)]
        scored = list(zip(self.tokens, self.scores, strict=True))
        return Tokenizer(models.Unigram([*special, *scored], UNKNOWN_ID, byte_fallback=False))


def _train(texts: Sequence[str], seen: dict[str, int], room: int) -> dict[str, float]:
    """The trainer's pieces and their scores, the likeliest first."""
    import sentencepiece  # noqa: PLC0415

    sentences = list(_sentences(texts, seen))
    characters = len(set().union(*map(set, sentences)))
    if characters < 2:
        return {}
    model = io.BytesIO()
    sentencepiece.SentencePieceTrainer.train(
        sentence_iterator=iter(sentences),
        model_writer=model,
        model_type="unigram",
        vocab_size=room + 1,
        hard_vocab_limit=False,
        seed_sentencepiece_size=_SEEDS_A_PIECE * room,
        character_coverage=1.0,
        normalization_rule_name="identity",
        add_dummy_prefix=False,
        remove_extra_whitespaces=False,
        bos_id=-1,
        eos_id=-1,
        num_threads=1,
        minloglevel=2,
    )
    learnt = sentencepiece.SentencePieceProcessor(model_proto=model.getvalue())
    ids = [i for i in range(len(learnt)) if not learnt.is_unknown(i)]
    found = {learnt.id_to_piece(i).replace(_BLANK, " "): learnt.get_score(i) for i in ids}
    return dict(sorted(found.items(), key=lambda pair: (-pair[1], pair[0])))


def _sentences(texts: Sequence[str], seen: dict[str, int]) -> Iterator[str]:
    """What the trainer may read: no sign of its own, no rare character, no long line."""
    every = set().union(*map(set, texts))
    barred = sorted({*_KEPT_OUT, *(every - set(seen))})
    cut = re.compile("[" + "".join(map(re.escape, barred)) + "]")
    for text in texts:
        for part in cut.split(text):
            if part:
                yield from pieces(part, _SENTENCE_BYTES)
