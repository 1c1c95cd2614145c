"""Forms whose numerals are of more than one script: 令和3年四月１日."""

from itertools import product
from typing import Final

from saiki.data.dates._form import DateForm, Kind

_STYLES: Final = {"half": "", "wide": ":wide", "kanji": ":kanji"}
# Of the six ways to have all three scripts in one date, three are held out with eras and the
# other three with Western years: each is trained in one of the two and new in the other.
_HELD_OUT: Final = {
    "era": {("half", "kanji", "wide"), ("wide", "half", "kanji"), ("kanji", "wide", "half")},
    "western": {("half", "wide", "kanji"), ("wide", "kanji", "half"), ("kanji", "half", "wide")},
}
_WEIGHT = 1 / 3  # there are 48 of them


def _combination(count: Kind, styles: tuple[str, ...]) -> DateForm:
    year, month, day = (_STYLES[style] for style in styles)
    if count == "era":
        # 元 is of no script: without it, where month and day do not differ by themselves.
        first = "_or_first" if styles[1] != styles[2] else ""
        written = f"{{era}}{{era_year{first}{year}}}"
    else:
        written = f"{{year{':positional' if styles[0] == 'kanji' else year}}}"
    kinds: list[Kind] = [count]
    if "kanji" in styles:
        kinds.append("kanji")
    if "wide" in styles:
        kinds.append("full-width")
    return DateForm(
        name=f"{count}-mixed-{'-'.join(styles)}",
        pattern=f"{written}年{{month{month}}}月{{day{day}}}日",
        script="mixed",
        kinds=tuple(kinds),
        weight=_WEIGHT,
        is_held_out=styles in _HELD_OUT[count],
    )


def _form(name: str, pattern: str, *kinds: Kind) -> DateForm:
    return DateForm(name=name, pattern=pattern, script="mixed", kinds=kinds)


MIXED_FORMS = (
    *(
        _combination(count, styles)
        for count in ("era", "western")
        for styles in product(_STYLES, repeat=3)
        if len(set(styles)) > 1
    ),
    _form("era-mixed-kanji-slash", "{era}{era_year:kanji}年{month}/{day}", "era", "kanji"),
    _form(
        "era-mixed-letter-wide-dots",
        "{era_letter}{era_year:wide}．{month:wide}．{day:wide}",
        "era", "letter", "full-width", "numeric",
    ),
    _form(
        "western-mixed-kanji-weekday",
        "{year}年{month:kanji}月{day:kanji}日（{weekday}）",
        "western", "kanji", "weekday",
    ),
    _form(
        "western-mixed-wide-slash",
        "{year}／{month:wide}／{day:wide}",
        "western", "full-width", "numeric",
    ),
)  # fmt: skip
