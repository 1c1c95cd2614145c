"""Japanese forms with a year of the Western count, or with both."""

from saiki.data.dates._form import DateForm, Kind


def _form(name: str, pattern: str, *kinds: Kind) -> DateForm:
    return DateForm(name=name, pattern=pattern, script="ja", kinds=("western", *kinds))


WESTERN_FORMS = (
    _form("ja", "{year}年{month}月{day}日"),
    _form("ja-padded", "{year}年{month:02}月{day:02}日"),
    _form("ja-aligned", "{year}年{month:>2}月{day:>2}日", "spaced"),
    _form("ja-spaced", "{year} 年 {month} 月 {day} 日", "spaced"),
    _form("ja-western", "西暦{year}年{month}月{day}日"),
    _form("ja-weekday", "{year}年{month}月{day}日({weekday})", "weekday"),
    _form("ja-weekday-wide-brackets", "{year}年{month}月{day}日（{weekday}）", "weekday"),
    _form("ja-weekday-long", "{year}年{month}月{day}日 {weekday}曜日", "weekday", "spaced"),
    _form("ja-slash-weekday", "{year}/{month}/{day}({weekday})", "weekday", "numeric"),
    _form("ja-wide", "{year:wide}年{month:wide}月{day:wide}日", "full-width"),
    _form("ja-wide-padded", "{year:wide}年{month:wide2}月{day:wide2}日", "full-width"),
    _form(
        "ja-wide-weekday",
        "{year:wide}年{month:wide}月{day:wide}日（{weekday}）",
        "full-width",
        "weekday",
    ),
    _form("ja-wide-slash", "{year:wide}／{month:wide}／{day:wide}", "full-width", "numeric"),
    _form("ja-wide-dots", "{year:wide}．{month:wide}．{day:wide}", "full-width", "numeric"),
    _form("ja-wide-dash", "{year:wide}－{month:wide2}－{day:wide2}", "full-width", "numeric"),
    _form("ja-kanji", "{year:positional}年{month:kanji}月{day:kanji}日", "kanji"),
    _form("ja-kanji-thousands", "{year:kanji}年{month:kanji}月{day:kanji}日", "kanji"),
    _form(
        "ja-kanji-positional", "{year:positional}年{month:positional}月{day:positional}日", "kanji"
    ),
    _form(
        "ja-kanji-dots",
        "{year:positional}・{month:positional}・{day:positional}",
        "kanji",
        "numeric",
    ),
    _form(
        "ja-kanji-weekday",
        "{year:positional}年{month:kanji}月{day:kanji}日（{weekday}曜日）",
        "kanji",
        "weekday",
    ),
    _form(
        "ja-kanji-spaced",
        "{year:positional}年　{month:kanji}月　{day:kanji}日",
        "kanji",
        "spaced",
    ),
    _form("ja-western-then-era", "{year}年（{era}{era_year_or_first}年）{month}月{day}日", "era"),
    _form("ja-era-then-western", "{era}{era_year_or_first}年（{year}年）{month}月{day}日", "era"),
    _form("ja-era-with-western", "{era}{era_year_or_first}({year})年{month}月{day}日", "era"),
)
