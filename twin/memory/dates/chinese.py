"""Days and times in Chinese chat text: 下周二, 3号, 大后天, 明早八点半. Simplified characters."""

import re
from collections.abc import Sequence
from datetime import date, timedelta

from twin.memory.dates.days import (
    Clock,
    Days,
    EdgeOfMonth,
    Meaning,
    Moment,
    NoDay,
    Part,
    date_of,
    day_of_month,
    days_from,
    month_of,
    nearest_date,
    nearest_day_of_month,
    nearest_month,
    nearest_weekday,
    part_of_month,
    week_of,
    weekday_in,
    weekend_of,
    year_of,
)
from twin.memory.dates.rules import Means, Rule, Said, rule

_DIGITS = {sign: number for number, sign in enumerate("零一二三四五六七八九")} | {"〇": 0, "两": 2}
_DAYS = {
    "今": 0, "今天": 0, "今日": 0, "今儿": 0, "明": 1, "明天": 1, "明日": 1, "明儿": 1,
    "后": 2, "后天": 2, "后儿": 2, "大后天": 3,
    "昨": -1, "昨天": -1, "昨日": -1, "前": -2, "前天": -2, "大前天": -3,
}  # fmt: skip
_PARTS = {
    "凌晨": Part(0, 6, alone="today"),
    "清晨": Part(5, 9, alone="today"),
    "早上": Part(5, 12, alone="today"),
    "上午": Part(6, 12, alone="today"),
    "中午": Part(11, 14, alone="today"),
    "下午": Part(12, 18, alone="today"),
    "傍晚": Part(17, 19, alone="today"),
    "晚上": Part(18, 24, alone="today"),
    "半夜": Part(22, 24, alone="today"),
}
_SAME = {
    **dict.fromkeys(("早", "早晨", "一早", "大早上", "晨"), "早上"),
    **dict.fromkeys(("正午", "晌午"), "中午"),
    **dict.fromkeys(("午后",), "下午"),
    **dict.fromkeys(("黄昏",), "傍晚"),
    **dict.fromkeys(("晚", "夜", "夜里", "晚间", "夜晚"), "晚上"),
    **dict.fromkeys(("深夜", "午夜", "大半夜"), "半夜"),
}
_BEFORE = {"上上": -2, "上": -1, "这": 0, "本": 0, "当": 0, "下": 1, "下下": 2}
_YEARS = {"前年": -2, "去年": -1, "今年": 0, "明年": 1, "后年": 2}

_HAN = "零〇一二两三四五六七八九十"
_PART = (
    "(?P<part>大半夜|大早上|凌晨|清晨|早上|早晨|一早|上午|中午|正午|晌午|下午|午后|傍晚|黄昏|晚上|夜里"
    "|晚间|夜晚|半夜|深夜|午夜)"
)
_N = rf"(?P<n>\d{{1,3}}|[{_HAN}]{{1,3}}|半|几)"
_WHICH = "(?P<which>上上|下下|上|下|这|本)?个?"
_WEEK = "(?:周|星期|礼拜)"
_DAY = rf"(?P<d>\d{{1,2}}|[{_HAN}]{{1,3}})"
_MONTH = r"(?P<month>1[0-2]|0?[1-9]|十[一二]?|[一二三四五六七八九])"
_NOT_A_DAY = "(?![线楼门出口电机桌厅馆院店床选手车球房台位员铺仓字称])"
_H = rf"(?P<h>[01]?\d|2[0-4]|二十[一二三四]?|十[一二三四五六七八九]?|[{_HAN}])"
_M = (
    r"(?:(?P<m>半|一刻|三刻|[0-5]?\d(?!\d)分?|[零〇]?[一二三四五六七八九]分|[零〇][一二三四五六七八九]"
    r"|[二三四五]?十[一二三四五六七八九]?分?)|钟|整)?"
)
_H2 = _H.replace("<h>", "<h2>") + "[点:]" + _M.replace("<m>", "<m2>")
# What makes a number with 点 a time where no day or part of one stands before it: not 三点建议.
_AS_TIME = (
    "(?=$|[\\s，。！？、,!?~…)）]|见|吧|左右|多|到|开|集合|出发|行|可|好|怎|如何|呢|来|去|在|我|你|咱"
    "|前|后|之|以|吗|上|下|有|的|吃|走|起|和|跟|还|就|不|没|再|能|会|过|ok)"
)


def _number(word: str) -> int:
    """Raises ValueError for what is not one number, as 二三十, twenty or thirty."""
    if word.isdigit():
        return int(word)
    tens, ten, ones = word.rpartition("十")
    if not ten:
        return int("".join(str(_DIGITS[sign]) for sign in word))
    if len(tens) > 1 or len(ones) > 1 or tens == "十":
        raise ValueError(f"{word} is not one number")
    return (_DIGITS[tens] if tens else 1) * 10 + (_DIGITS[ones] if ones else 0)


def _part_of(word: str) -> Part:
    return _PARTS[_SAME.get(word, word)]


def _day(match: re.Match[str], said: Said) -> Sequence[Meaning]:
    day, part = days_from(said.today, _DAYS[match["day"]]), match.groupdict().get("part")
    return (day, _part_of(part)) if part else (day,)


def _weekday(match: re.Match[str], said: Said) -> Meaning:
    sign = match["day"]
    weekday = 6 if sign in "日天7" else _number(sign) - 1
    if match["which"]:
        return weekday_in(said.today, weekday, _BEFORE[match["which"]])
    return nearest_weekday(said.today, weekday, back=said.back)


def _weekend(match: re.Match[str], said: Said) -> Meaning:
    return weekend_of(said.today, _BEFORE[match["which"] or "这"])


def _week(match: re.Match[str], said: Said) -> Meaning:
    return week_of(said.today, _BEFORE[match["which"]])


def _month_of(match: re.Match[str], said: Said) -> Days:
    return month_of(said.today, _BEFORE[match["which"]])


def _month(match: re.Match[str], said: Said) -> Meaning:
    found = nearest_month(said.today, _number(match["month"]), back=said.back)
    if match["year"]:
        year = _year(match["year"], said)
        found = month_of(date(year, found.first.month, 1))
    edge = match["edge"]
    return part_of_month(found, _EDGES[edge[0]]) if edge else found


def _year(word: str, said: Said) -> int:
    return said.today.year + _YEARS[word] if word in _YEARS else int(word.rstrip("年"))


_EDGES: dict[str, EdgeOfMonth] = {
    "初": "begin",
    "上": "begin",
    "中": "middle",
    "底": "end",
    "末": "end",
    "下": "end",
}


def _edge(match: re.Match[str], said: Said) -> Meaning:
    """The beginning, middle or end of a month; one that is over is the next month's."""
    edge, which = _EDGES[match["edge"][0]], match["which"]
    found = part_of_month(month_of(said.today, _BEFORE[which or "这"]), edge)
    if not which and not said.back and found.after <= said.today:
        return part_of_month(month_of(said.today, 1), edge)
    return found


def _edge_of_year(match: re.Match[str], said: Said) -> Meaning:
    month = 1 if match["edge"] == "初" else 12
    return nearest_month(said.today, month, back=said.back)


def _month_day(match: re.Match[str], said: Said) -> Meaning | None:
    month, number = _number(match["month"]), _number(match["d"])
    if match["year"]:
        return date_of(_year(match["year"], said), month, number)
    return nearest_date(said.today, month, number, back=said.back)


def _day_number(match: re.Match[str], said: Said) -> Meaning | None:
    if match["which"]:
        return day_of_month(_month_of(match, said), _number(match["d"]))
    return nearest_day_of_month(said.today, _number(match["d"]), back=said.back)


def _counted(match: re.Match[str], said: Said) -> Meaning | None:
    """三天后, 两周前, 过半小时."""
    sign = -1 if match.groupdict().get("back") else 1
    unit, half, word = match["unit"], match.groupdict().get("half"), match["n"]
    count = 0.5 if word == "半" else 3 if word == "几" else _number(word)
    count += 0.5 if half else 0
    if unit in ("小时", "钟头", "分钟"):
        return Moment(sign * timedelta(minutes=count * (1 if unit == "分钟" else 60)))
    number = sign * int(count)
    if unit == "天":
        return days_from(said.today, number) if number else None
    if unit in ("周", "星期", "礼拜"):
        return week_of(said.today, number) if number else None
    if unit == "月":
        return month_of(said.today, number) if number else None
    return year_of(said.today, number) if number else month_of(said.today, 6 * sign)


def _time(match: re.Match[str], _said: Said) -> Meaning:
    groups = match.groupdict()
    until = None
    if groups.get("h2"):
        until = (_number(groups["h2"]), _minutes(groups.get("m2")))
    hour = _number(groups["h"])
    exact = hour > 12 or hour == 0 or groups["h"].startswith("0")
    return Clock(hour, _minutes(groups.get("m")), exact, until)


def _minutes(word: str | None) -> int:
    if not word:
        return 0
    named = {"半": 30, "一刻": 15, "三刻": 45}
    return named[word] if word in named else _number(word.rstrip("分"))


def _holiday(month: int, number: int, days: int = 1) -> Means:
    def means(_match: re.Match[str], said: Said) -> Meaning | None:
        found = nearest_date(said.today, month, number, back=said.back)
        return found and Days(found.first, found.first + timedelta(days=days), "day")

    return means


def _from_year(match: re.Match[str], _said: Said) -> Meaning:
    return year_of(date(int(match["y"]), 1, 1))


def _part(match: re.Match[str], _said: Said) -> Meaning:
    return _part_of(match["part"])


def _these(first: int, after: int) -> Means:
    def means(_match: re.Match[str], said: Said) -> Meaning:
        today = said.today
        return Days(today + timedelta(days=first), today + timedelta(days=after), "day")

    return means


_SOME = "[一二两三四五六七八九十几]"
_UNITS = "(?P<unit>小时|钟头|分钟|天|周|星期|礼拜|月|年)"
_YEAR = rf"(?P<year>(?:19|20)\d\d年|{'|'.join(_YEARS)})?的?"
_BARE_DAY = r"(?=$|[\s，。！？、,!?]|早|晚|上午|下午|中午)"
_WEEKDAY = rf"{_WEEK}(?P<day>[一二三四五六日天1-7])"

RULES: tuple[Rule, ...] = (
    # What comes again and again is no day, a greeting is no time, 以后天天 holds no 后天.
    rule(rf"每个?(?:{_WEEK}[一二三四五六日天]|周末|月|天|年|晚|{_PART})|天天", NoDay()),
    rule(rf"{_WEEK}[一二三四五六日]?(?:到|至|-|~){_WEEK}?[一二三四五六日天]", NoDay()),
    rule(rf"(?:{_SOME}|\d)个?{_WEEK}[一二两三]次", None),
    rule(r"(?:早上|中午|下午|晚上)好|晚安|早安|以后(?=天天)|提前天|后天性", None),
    rule(r"(?:早|晚|多|快|慢|好|少|差|大|小|近|远)一点|一点(?:点|都|也|儿)", None),
    rule(r"(?:农历|阴历)\S{0,6}", None),
    rule(r"(?:元旦|圣诞节?|国庆节?|情人节|儿童节|劳动节|万圣节|平安夜|跨年)快乐", None),
    # days
    rule(r"(?<![之以])(?P<day>[今明后昨前])(?P<part>早上?|晚上?|晨|夜)(?![点安])", _day),
    rule(r"明后[天两]天?", _these(1, 3)),
    rule(r"今明两天", _these(0, 2)),
    rule(r"(?P<day>大后天|大前天|今[天日儿]|明[天日儿]|后[天儿]|昨[天日]|前天)", _day),
    rule(rf"(?<!{_SOME})(?<![每半\d]){_WHICH}{_WEEKDAY}(?![次个])", _weekday),
    rule(rf"{_WHICH}{_WEEK}末", _weekend),
    rule(rf"(?P<which>上上|下下|上|下|这|本)个?{_WEEK}", _week),
    rule(rf"{_YEAR}{_MONTH}月{_DAY}[号日]{_NOT_A_DAY}", _month_day),
    rule(rf"{_YEAR}{_MONTH}月(?P<d>\d{{1,2}}){_BARE_DAY}", _month_day),
    rule(rf"{_MONTH}月[一二三]?十{_SOME}?{_BARE_DAY}", None),  # 八月十五 is another calendar's
    rule(rf"(?P<which>上|下|这|本)个?月的?{_DAY}[号日]{_NOT_A_DAY}", _day_number),
    rule(rf"(?P<which>)(?<![\d{_HAN}月第]){_DAY}号{_NOT_A_DAY}", _day_number),
    rule(
        rf"{_YEAR}(?<![\d{_HAN}个第]){_MONTH}月份?(?P<edge>[上中下]旬|[初中底末])?(?![亮饼球薪租])",
        _month,
    ),
    rule(r"(?P<which>上|下|这|本)?个?月(?P<edge>[上中下]旬|[初中底末])", _edge),
    rule(r"(?P<which>上上|下下|上|下|这|本)个?月", _month_of),
    rule(r"(?<!\d)年(?P<edge>[初底末])", _edge_of_year),
    rule("|".join(_YEARS), lambda match, said: year_of(said.today, _YEARS[match[0]])),
    rule(r"(?P<y>(?:19|20)\d\d)年", _from_year),
    rule(r"过[两几]天", _these(2, 5)),
    rule(rf"(?:再?过){_N}个?(?P<half>半)?{_UNITS}", _counted),
    rule(rf"{_N}个?(?P<half>半)?{_UNITS}(?:之|以)?(?:后(?!天)|(?P<back>前))", _counted),
    rule(r"这[两几]天", _these(0, 3)),
    rule(r"元旦", _holiday(1, 1)),
    rule(r"情人节", _holiday(2, 14)),
    rule(r"劳动节|五一(?![路广])", _holiday(5, 1, 5)),
    rule(r"儿童节", _holiday(6, 1)),
    rule(r"国庆", _holiday(10, 1, 7)),
    rule(r"万圣节", _holiday(10, 31)),
    rule(r"平安夜", _holiday(12, 24)),
    rule(r"圣诞节?", _holiday(12, 25)),
    rule(r"跨年", _holiday(12, 31)),
    # times
    rule(rf"{_H}(?:[点:]{_M})?(?:到|至|-|~){_H2}", _time),
    rule(rf"(?<=[早晚上午晨夜天日一二三四五六末]){_H}点{_M}", _time),
    rule(rf"(?<![\d{_HAN}这那有第几差每]){_H}点{_M}{_AS_TIME}", _time),
    # parts of a day
    rule(_PART, _part),
    rule(rf"(?P<part>早|晚)(?=\d{{1,2}}[点:]|[{_HAN}]{{1,3}}点)", _part),
)
