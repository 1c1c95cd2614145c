"""The Japanese eras, from the day on which Japan took up the Gregorian calendar."""

from dataclasses import dataclass
from datetime import date
from typing import final

from saiki.errors import ArgumentError

__all__ = ["ERAS", "FIRST_DAY", "LAST_DAY", "Era", "era_of"]

FIRST_DAY = date(1873, 1, 1)
LAST_DAY = date(2100, 12, 31)


@final
@dataclass(frozen=True, kw_only=True)
class Era:
    """One era: its names, and the days that bear them.

    Args:
        name: in kanji, 平成.
        romanised: without macrons, Heisei.
        letter: as on forms and in JIS X 0301, H.
        square: the single character, ㍻.
        begins: its first day. The first year (元年) ends with that calendar year.
        year_zero: the calendar year before its first: year n of the era is year_zero + n.
    """

    name: str
    romanised: str
    letter: str
    square: str
    begins: date
    year_zero: int

    def year(self, day: date) -> int:
        """The year of the era, from 1, in which `day` lies."""
        return day.year - self.year_zero


ERAS = (
    Era(name="明治", romanised="Meiji", letter="M", square="㍾", begins=FIRST_DAY, year_zero=1867),
    Era(
        name="大正",
        romanised="Taisho",
        letter="T",
        square="㍽",
        begins=date(1912, 7, 30),
        year_zero=1911,
    ),
    Era(
        name="昭和",
        romanised="Showa",
        letter="S",
        square="㍼",
        begins=date(1926, 12, 25),
        year_zero=1925,
    ),
    Era(
        name="平成",
        romanised="Heisei",
        letter="H",
        square="㍻",
        begins=date(1989, 1, 8),
        year_zero=1988,
    ),
    Era(
        name="令和",
        romanised="Reiwa",
        letter="R",
        square="㋿",
        begins=date(2019, 5, 1),
        year_zero=2018,
    ),
)
"""The five eras in order; each ends the day before the next begins.

Meiji is older (1868), but until 明治5年12月2日 its days were those of the old lunisolar calendar;
the day after was 明治6年1月1日, 1873-01-01. Reiwa has no end yet and is carried on to `LAST_DAY`.
On 1912-07-30 and 1926-12-25 the edict came during the day; its words, "from that day on", give
the whole day to the new era, and so it is here: 明治45年7月30日 is not a date.

Source:
    Grand Council proclamation 337 of Meiji 5 (太政官布告第337号, the solar calendar from
    明治6年1月1日) and imperial ordinance 90 of Meiji 31 (勅令第90号, its leap years); the edicts of
    明治45年7月30日 (大正) and 大正15年12月25日 (昭和); cabinet orders 1 of Showa 64 (昭和64年政令
    第1号, in force on 1989-01-08, 平成) and 143 of Heisei 31 (平成31年政令第143号, in force on
    2019-05-01, 令和). Letters: JIS X 0301.
"""


def era_of(day: date) -> Era:
    """The era in which a day lies.

    Raises:
        ArgumentError: a day before `FIRST_DAY` or after `LAST_DAY`.

    Example:
        >>> [era_of(date(1989, 1, day)).name for day in (7, 8)]
        ['昭和', '平成']
    """
    if not FIRST_DAY <= day <= LAST_DAY:
        raise ArgumentError(
            "dates: a day must lie between {first} and {last}; got {got}. Before that, Japan "
            "counted days by another calendar; after it, nobody knows the era.",
            first=FIRST_DAY,
            last=LAST_DAY,
            got=day,
        )
    return next(era for era in reversed(ERAS) if era.begins <= day)
