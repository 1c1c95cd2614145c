"""The nearest spellings of a word in a large vocabulary, in a fraction of a second."""

import difflib
import heapq
from collections.abc import Sequence

_PREFILTERED = 200  # words whose exact likeness is measured
_LENGTHS = 2  # a near word is at most so many characters shorter or longer
_LIKENESS = 0.6


def nearest_spellings(word: str, words: Sequence[str], *, at_most: int = 3) -> list[str]:
    """The words most like `word`, best first; of equals the earlier, which is more frequent.

    Words of a similar length that share the most pairs of letters are compared in full, case
    aside.
    """
    wanted = word.casefold()
    if not wanted:
        return []
    hopeful = [w for w in words if abs(len(w) - len(word)) <= _LENGTHS]
    pairs = _letter_pairs(wanted)
    shared = (sum(pair in marked for pair in pairs) for marked in _marked(hopeful))
    ranked = heapq.nlargest(_PREFILTERED, zip(shared, range(0, -len(hopeful), -1), strict=True))
    matcher = difflib.SequenceMatcher(b=wanted, autojunk=False)
    likeness = []
    for _, place in ranked:
        matcher.set_seq1(hopeful[-place].casefold())
        likeness.append((matcher.ratio(), place))
    best = heapq.nlargest(at_most, (found for found in likeness if found[0] >= _LIKENESS))
    return [hopeful[-place] for _, place in best]


def _letter_pairs(word: str) -> list[str]:
    marked = f"\x02{word}\x03"
    return [marked[i : i + 2] for i in range(len(marked) - 1)]


def _marked(words: Sequence[str]) -> list[str]:
    return [f"\x02{word.casefold()}\x03" for word in words]
