"""English forms, and those of digits and punctuation alone."""

from saiki.data.dates._form import DateForm, Kind


def _form(name: str, pattern: str, *kinds: Kind, year: Kind = "western") -> DateForm:
    return DateForm(name=name, pattern=pattern, script="en", kinds=(year, *kinds))


def _numeric(name: str, pattern: str, *kinds: Kind, needs_clear_order: bool = False) -> DateForm:
    return DateForm(
        name=name,
        pattern=pattern,
        script="neutral",
        kinds=("western", "numeric", *kinds),
        needs_clear_order=needs_clear_order,
    )


ENGLISH_FORMS = (
    _form("en-month-first", "{month_name} {day}, {year}"),
    _form("en-month-first-ordinal", "{month_name} {day:ordinal}, {year}"),
    _form("en-month-first-bare", "{month_name} {day} {year}"),
    _form("en-month-first-upper", "{month_upper} {day}, {year}"),
    _form("en-month-first-lower", "{month_lower} {day}, {year}"),
    _form("en-month-first-short", "{month_short} {day}, {year}"),
    _form("en-month-first-dotted", "{month_dotted} {day}, {year}"),
    _form("en-day-first", "{day} {month_name} {year}"),
    _form("en-day-first-ordinal", "{day:ordinal} {month_name} {year}"),
    _form("en-day-first-of", "{day:ordinal} of {month_name}, {year}"),
    _form("en-day-first-the", "the {day:ordinal} of {month_name} {year}"),
    _form("en-day-first-short", "{day} {month_short} {year}"),
    _form("en-day-first-dash", "{day:02}-{month_short}-{year}"),
    _form("en-day-first-packed", "{day:02}{month_short}{year}", "packed"),
    _form("en-year-first", "{year} {month_name} {day}"),
    _form("en-year-first-dash", "{year}-{month_short}-{day:02}"),
    _form("en-weekday-month-first", "{weekday_name}, {month_name} {day}, {year}", "weekday"),
    _form("en-weekday-ordinal", "{weekday_name}, {month_name} {day:ordinal}, {year}", "weekday"),
    _form("en-weekday-day-first", "{weekday_name}, {day} {month_name} {year}", "weekday"),
    _form("en-weekday-month-first-short", "{weekday_short}, {month_short} {day} {year}", "weekday"),
    _form("en-weekday-day-first-short", "{weekday_short}, {day} {month_short} {year}", "weekday"),
    _form("en-weekday-last", "{month_name} {day}, {year} ({weekday_short})", "weekday"),
    _form("en-era-last", "{month_name} {day}, {era_romanised} {era_year}", year="era"),
    _form("en-era-first", "{era_romanised} {era_year}, {month_name} {day}", year="era"),
)
NUMERIC_FORMS = (
    _numeric("iso", "{year}-{month:02}-{day:02}"),
    _numeric("year-first-dash", "{year}-{month}-{day}"),
    _numeric("year-first-slash", "{year}/{month:02}/{day:02}"),
    _numeric("year-first-slash-short", "{year}/{month}/{day}"),
    _numeric("year-first-dots", "{year}.{month:02}.{day:02}"),
    _numeric("year-first-dots-short", "{year}.{month}.{day}"),
    _numeric("year-first-dots-spaced", "{year}. {month}. {day}", "spaced"),
    _numeric("year-first-spaced", "{year} {month:02} {day:02}", "spaced"),
    _numeric("year-first-packed", "{year}{month:02}{day:02}", "packed"),
    _numeric("month-first-slash", "{month:02}/{day:02}/{year}", needs_clear_order=True),
    _numeric("month-first-slash-short", "{month}/{day}/{year}", needs_clear_order=True),
    _numeric("day-first-slash", "{day:02}/{month:02}/{year}", needs_clear_order=True),
    _numeric("day-first-dots", "{day:02}.{month:02}.{year}", needs_clear_order=True),
    _numeric("day-first-dash", "{day:02}-{month:02}-{year}", needs_clear_order=True),
)
