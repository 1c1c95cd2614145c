"""What translations are worth: BLEU and chrF by sacreBLEU, exact match, BLEU by source length."""

import re
from collections.abc import Sequence
from functools import cache
from typing import TYPE_CHECKING, Final, Literal, TypeAlias, TypedDict

from saiki.errors import ArgumentError, DependencyError

if TYPE_CHECKING:
    from sacrebleu.metrics.bleu import BLEU
    from sacrebleu.metrics.chrf import CHRF

__all__ = [
    "LengthBin",
    "ScoreTokens",
    "check_score_tokens",
    "corpus_scores",
    "length_bins",
    "score_signatures",
]

ScoreTokens: TypeAlias = Literal["own", "international", "characters"]

_ORDER: Final = 4  # n-grams of BLEU
_TOKENIZERS: Final = {"ja": "ja-mecab", "ko": "ko-mecab", "zh": "zh"}  # others: 13a
_WITHOUT_WORDS: Final = frozenset({"bo", "dz", "km", "lo", "my", "th"})  # nor a tokeniser for them
_LANGUAGE: Final = re.compile(r"[a-z]{2,3}(?![a-z])")

LengthBin = TypedDict("LengthBin", {"from": int, "to": int, "count": int, "bleu": float})


def corpus_scores(
    outputs: Sequence[str],
    references: Sequence[str],
    *,
    language: str,
    tokens: ScoreTokens = "international",
) -> dict[str, float]:
    """Compares translations with one reference each.

    "bleu" is the BLEU of the corpus and "chrf" its chrF2, both from 0 to 100 and by sacreBLEU with
    its defaults; "exact_match" is the share, from 0 to 1, of outputs that are their reference, but
    for the amount of white space.

    Args:
        outputs: the translations, as text.
        references: what they should be, in the same order.
        language: of the references, as a code of ISO 639 ("ja", "en", "pt-BR").
        tokens: what the words of BLEU are. "own" is what white space separates, the corpus's own
            tokens, for texts that come tokenised. "international" is what sacreBLEU cuts for the
            language, which other people's figures can be compared with: "13a" of mteval, for
            Japanese "ja-mecab" (MeCab with the IPA dictionary; in the extra `ja`), "zh" for
            Chinese, "ko-mecab" for Korean. "characters" needs no dictionary in any language; its
            figures are higher than those of words.

    Raises:
        ArgumentError: no texts, lists of unequal length, or a language whose words nobody cuts.
        DependencyError: the tokeniser for the language is not installed.

    Differs: where no reference has four words, BLEU is not defined, and sacreBLEU gives 0 also to
        perfect translations. Here it is then over the n-grams that references have; see
        `score_signatures`.

    Source: K. Papineni et al. (2002), BLEU; M. Popović (2015), chrF; M. Post (2018), A Call for
        Clarity in Reporting BLEU Scores. The defaults that Post asks for are taken.

    Example:
        >>> texts = ["the cat sat on the mat .", "no"], ["the cat sat on a mat .", "no"]
        >>> scores = corpus_scores(*texts, language="en", tokens="own")
        >>> {name: round(value, 1) for name, value in scores.items()}
        {'bleu': 49.1, 'chrf': 71.7, 'exact_match': 0.5}
    """
    _check(outputs, references)
    bleu = _bleu(references, language, tokens)
    same = sum(a.split() == b.split() for a, b in zip(outputs, references, strict=True))
    return {
        "bleu": _score(bleu, outputs, references),
        "chrf": _score(_chrf(), outputs, references),
        "exact_match": same / len(references),
    }


def score_signatures(
    references: Sequence[str], *, language: str, tokens: ScoreTokens = "international"
) -> dict[str, str]:
    """The signatures of sacreBLEU for "bleu" and "chrf": what to name beside a published figure.

    Where no reference has four words, that of BLEU ends with the order that it has, "|order:2".

    Example:
        >>> score_signatures(["a b c d"], language="en")["bleu"].rpartition("|")[0]
        'nrefs:1|case:mixed|eff:no|tok:13a|smooth:exp'
    """
    _check(references, references)
    bleu, chrf = _bleu(references, language, tokens), _chrf()
    for metric in (bleu, chrf):  # which knows the number of references once it has scored
        _score(metric, references[:1], references[:1])
    order = "" if bleu.max_ngram_order == _ORDER else f"|order:{bleu.max_ngram_order}"
    return {"bleu": f"{bleu.get_signature()}{order}", "chrf": str(chrf.get_signature())}


def length_bins(
    source_lengths: Sequence[int],
    outputs: Sequence[str],
    references: Sequence[str],
    *,
    language: str,
    tokens: ScoreTokens = "international",
    bins: int = 6,
) -> list[LengthBin]:
    """BLEU of the pairs whose sources are of like length.

    Args:
        source_lengths: tokens of the source of each pair.
        outputs, references, language, tokens: as in `corpus_scores`.
        bins: how many at most. Each holds at least half of its share of the pairs, so that no
            figure stands on a few; they depend on the lengths alone, so that two models that are
            measured on the same pairs have the same.

    Returns:
        For each bin by rising length: "from" and "to", the shortest and the longest source in it,
        "count" pairs, and their "bleu".
    """
    _check(outputs, references)
    if len(source_lengths) != len(references):
        raise ArgumentError(
            "length_bins: there must be one source length for each of the {expected} references; "
            "got {got}. Give both in the same order.",
            expected=len(references),
            got=len(source_lengths),
        )
    if bins < 1:
        raise ArgumentError("length_bins: bins must be at least 1; got {got}.", got=bins)
    return [
        {
            "from": min(source_lengths[i] for i in places),
            "to": max(source_lengths[i] for i in places),
            "count": len(places),
            "bleu": _bin_bleu(
                [outputs[i] for i in places], [references[i] for i in places], language, tokens
            ),
        }
        for places in _binned(source_lengths, bins)
    ]


def check_score_tokens(*, language: str, tokens: ScoreTokens = "international") -> None:
    """Raises at once what scoring would raise after the training.

    Raises:
        ArgumentError: a language whose words nobody cuts.
        DependencyError: the tokeniser for the language is not installed.
    """
    _open(language, tokens, _ORDER)


def _bin_bleu(
    outputs: Sequence[str], references: Sequence[str], language: str, tokens: ScoreTokens
) -> float:
    return _score(_bleu(references, language, tokens), outputs, references)


def _binned(lengths: Sequence[int], bins: int) -> list[list[int]]:
    """Places of pairs in at most `bins` bins; pairs of one length are in one bin."""
    share = len(lengths) / bins
    of_length: dict[int, list[int]] = {}
    for i, length in enumerate(lengths):
        of_length.setdefault(length, []).append(i)
    found: list[list[int]] = [[]]
    for length in sorted(of_length):
        if len(found[-1]) >= share:
            found.append([])
        found[-1] += of_length[length]
    if len(found) > 1 and len(found[-1]) < share / 2:
        rest = found.pop()
        found[-1] += rest
    return found


def _score(metric: "BLEU | CHRF", outputs: Sequence[str], references: Sequence[str]) -> float:
    return float(metric.corpus_score(outputs, [references]).score)


def _bleu(references: Sequence[str], language: str, tokens: ScoreTokens) -> "BLEU":
    """BLEU over as many orders as there are, where no reference has words for all."""
    bleu = _open(language, tokens, _ORDER)
    longest = 0
    for reference in references:
        longest = max(longest, len(bleu.tokenizer(reference.rstrip()).split()))
        if longest >= _ORDER:
            return bleu
    return _open(language, tokens, max(1, longest))


@cache  # sacreBLEU keeps every tokeniser alive for ever
def _open(language: str, tokens: ScoreTokens, order: int) -> "BLEU":
    from sacrebleu.metrics.bleu import BLEU  # noqa: PLC0415  only where something is scored

    name = _tokenizer(language, tokens)
    try:
        return BLEU(tokenize=name, max_ngram_order=order, force=True)
    except RuntimeError as fault:
        raise DependencyError(
            "translation scores: sacreBLEU's tokeniser {name!r} for the language {code!r} is "
            "not installed. Install it with `pip install 'sacrebleu[{extra}]'`, or score "
            'tokens="characters", or tokens="own" where white space parts the words.',
            name=name,
            code=language,
            extra=name.partition("-")[0],
        ) from fault


def _chrf() -> "CHRF":
    from sacrebleu.metrics.chrf import CHRF  # noqa: PLC0415  only where something is scored

    return CHRF()


def _tokenizer(language: str, tokens: ScoreTokens) -> str:
    """What sacreBLEU calls it."""
    if tokens not in ("own", "international", "characters"):
        raise ArgumentError(
            'translation scores: tokens must be "own", "international" or "characters"; got '
            "{got!r}. Choose one of them.",
            got=tokens,
        )
    if tokens != "international":
        return {"own": "none", "characters": "char"}[tokens]
    code = _LANGUAGE.match(language.lower())
    if code is None:
        raise ArgumentError(
            "translation scores: language must be a code of two or three letters, such as en, ja "
            "or pt-BR; got {got!r}. Give that of the references.",
            got=language,
        )
    if code[0] in _WITHOUT_WORDS:
        raise ArgumentError(
            "translation scores: the language {code!r} is written without spaces, and "
            'sacreBLEU has no tokeniser for it. Score tokens="characters", or tokens="own" where '
            "white space parts the words in your data.",
            code=language,
        )
    return _TOKENIZERS.get(code[0], "13a")


def _check(outputs: Sequence[str], references: Sequence[str]) -> None:
    if len(outputs) != len(references) or not references:
        raise ArgumentError(
            "translation scores: there must be one output for each reference, at least one; got "
            "{outputs} outputs and {references} references. Give both in the same order.",
            outputs=len(outputs),
            references=len(references),
        )
