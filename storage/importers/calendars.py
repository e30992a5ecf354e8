"""Turn dates of the calendars that phones can be set to into common ones.

Which calendar it is, the year says: the years of two calendars that anybody wrote messages in
don't overlap. A year that counts from an emperor or a republic has its era's name beside it.
"""

from datetime import date

from hijridate import Hijri
from persiantools.jdatetime import JalaliDate

Day = tuple[int, int, int]
# What is added to a year that is written after the era's name, as on phones in Japan and Taiwan.
_ERAS = {"R": 2018, "令和": 2018, "H": 1988, "平成": 1988, "S": 1925, "昭和": 1925, "民國": 1911}
ERAS = "|".join(_ERAS)
_SOLAR_HIJRI = range(1369, 1426)  # in Iran and Afghanistan, from 1990 on
_LUNAR_HIJRI = range(1426, 1501)  # in Arabia, from 2005 on
_BUDDHIST = range(2400, 2700)  # in Thailand


def year_of_era(written: str) -> int:
    """The year of `R6` or `令和6`; of digits alone just as it stands."""
    if written.isdecimal():
        return int(written)
    era = next((era for era in _ERAS if written.startswith(era)), "")
    return _ERAS.get(era, 0) + int(written[len(era) :])


def common_day(year: int, month: int, day: int) -> Day | None:
    """The day in the common calendar, or None where there is no such day."""
    try:
        if year in _SOLAR_HIJRI:
            common: date = JalaliDate(year, month, day).to_gregorian()  # type: ignore[no-untyped-call]
        elif year in _LUNAR_HIJRI:
            common = Hijri(year, month, day).to_gregorian()
        else:
            return year - 543 if year in _BUDDHIST else year, month, day
    except (ValueError, OverflowError):
        return None
    return common.year, common.month, common.day
