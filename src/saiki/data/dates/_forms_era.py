"""Japanese forms with the year of an era."""

from saiki.data.dates._form import DateForm, Kind


def _form(name: str, pattern: str, *kinds: Kind) -> DateForm:
    return DateForm(name=name, pattern=pattern, script="ja", kinds=("era", *kinds))


_NAMED_FORMS = (
    _form("era", "{era}{era_year_or_first}年{month}月{day}日"),
    _form("era-digits", "{era}{era_year}年{month}月{day}日"),
    _form("era-padded", "{era}{era_year:02}年{month:02}月{day:02}日"),
    _form("era-aligned", "{era}{era_year_or_first:>2}年{month:>2}月{day:>2}日", "spaced"),
    _form("era-spaced", "{era} {era_year_or_first} 年 {month} 月 {day} 日", "spaced"),
    _form("era-weekday", "{era}{era_year_or_first}年{month}月{day}日（{weekday}）", "weekday"),
    _form("era-weekday-long", "{era}{era_year_or_first}年{month}月{day}日{weekday}曜日", "weekday"),
    _form("era-square", "{era_square}{era_year_or_first}年{month}月{day}日"),
    _form("era-dots", "{era}{era_year}.{month}.{day}", "numeric"),
    _form("era-slash", "{era}{era_year}/{month}/{day}", "numeric"),
    _form("era-short-dots", "{era_short}{era_year}.{month}.{day}", "numeric"),
    _form("era-wide", "{era}{era_year_or_first:wide}年{month:wide}月{day:wide}日", "full-width"),
    _form(
        "era-wide-weekday",
        "{era}{era_year_or_first:wide}年{month:wide}月{day:wide}日（{weekday}）",
        "full-width",
        "weekday",
    ),
)
_KANJI_FORMS = (
    _form("era-kanji", "{era}{era_year_or_first:kanji}年{month:kanji}月{day:kanji}日", "kanji"),
    _form(
        "era-kanji-positional",
        "{era}{era_year_or_first:positional}年{month:positional}月{day:positional}日",
        "kanji",
    ),
    _form(
        "era-kanji-weekday",
        "{era}{era_year_or_first:kanji}年{month:kanji}月{day:kanji}日（{weekday}）",
        "kanji",
        "weekday",
    ),
    _form(
        "era-kanji-spaced",
        "{era}{era_year_or_first:kanji}年　{month:kanji}月　{day:kanji}日",
        "kanji",
        "spaced",
    ),
    _form("era-kanji-old", "{era}{era_year_or_first:old}年{month:kanji}月{day:old}日", "kanji"),
    _form(
        "era-kanji-formal",
        "{era}{era_year_or_first:formal}年{month:formal}月{day:formal}日",
        "kanji",
    ),
    _form(
        "era-kanji-short-dots",
        "{era_short}{era_year:positional}・{month:positional}・{day:positional}",
        "kanji",
        "numeric",
    ),
)
_LETTER_FORMS = (
    _form("era-letter-dots", "{era_letter}{era_year}.{month}.{day}", "letter", "numeric"),
    _form(
        "era-letter-padded", "{era_letter}{era_year:02}.{month:02}.{day:02}", "letter", "numeric"
    ),
    _form("era-letter-slash", "{era_letter}{era_year}/{month}/{day}", "letter", "numeric"),
    _form("era-letter-dash", "{era_letter}{era_year:02}-{month:02}-{day:02}", "letter", "numeric"),
    _form("era-letter-middle-dots", "{era_letter}{era_year}･{month}･{day}", "letter", "numeric"),
    _form(
        "era-letter-aligned",
        "{era_letter}{era_year:>2}.{month:>2}.{day:>2}",
        "letter",
        "numeric",
        "spaced",
    ),
    _form(
        "era-letter-packed",
        "{era_letter}{era_year:02}{month:02}{day:02}",
        "letter",
        "numeric",
        "packed",
    ),
    _form("era-letter-units", "{era_letter}{era_year}年{month}月{day}日", "letter"),
)
ERA_FORMS = (*_NAMED_FORMS, *_KANJI_FORMS, *_LETTER_FORMS)
