"""Days and times in chat text, said on Wednesday 11 March 2026, 10:20, in Shanghai."""

from datetime import datetime
from zoneinfo import ZoneInfo

import pytest

from twin.memory.when import find_times

SHANGHAI, BERLIN = ZoneInfo("Asia/Shanghai"), ZoneInfo("Europe/Berlin")


def at(local: str, zone: ZoneInfo = SHANGHAI) -> int:
    """A time such as "03-11 10:20" of 2026, in UTC milliseconds; years may be given."""
    text = local if local.count("-") == 2 else f"2026-{local}"
    return round(datetime.fromisoformat(text).replace(tzinfo=zone).timestamp() * 1000)


SAID = at("03-11 10:20")

# what is said, from, until, how exactly
ENGLISH = (
    ("tomorrow at 3", "03-12 15:00", "03-12 16:00", "time"),
    ("on friday", "03-13", "03-14", "day"),
    ("next tuesday evening", "03-17 17:00", "03-18", "part"),
    ("the 5th?", "04-05", "04-06", "day"),
    ("in two weeks", "03-23", "03-30", "week"),
    ("dinner at 7 tomorrow?", "03-12 19:00", "03-12 20:00", "time"),
    ("lunch today at noon", "03-11 12:00", "03-11 13:00", "time"),
    ("see u tmrw", "03-12", "03-13", "day"),
    ("are you free tonight?", "03-11 18:00", "03-12", "part"),
    ("movie tonight at 9", "03-11 21:00", "03-11 22:00", "time"),
    ("let's meet at 7:30pm", "03-11 19:30", "03-11 20:30", "time"),
    ("half past seven on saturday", "03-14 19:30", "03-14 20:30", "time"),
    ("quarter to 8 tonight", "03-11 19:45", "03-11 20:45", "time"),
    ("this afternoon works", "03-11 12:00", "03-11 18:00", "part"),
    ("tomorrow morning", "03-12 05:00", "03-12 12:00", "part"),
    ("the day after tomorrow", "03-13", "03-14", "day"),
    ("this weekend", "03-14", "03-16", "day"),
    ("next weekend maybe", "03-21", "03-23", "day"),
    ("next week", "03-16", "03-23", "week"),
    ("next month", "04-01", "05-01", "month"),
    ("my exam is on may 5th", "05-05", "05-06", "day"),
    ("the party is 12 april at 8pm", "04-12 20:00", "04-12 21:00", "time"),
    ("flying out on the 20th of march", "03-20", "03-21", "day"),
    ("in 20 minutes", "03-11 10:40", "03-11 11:40", "time"),
    ("in an hour", "03-11 11:20", "03-11 12:20", "time"),
    ("in three days", "03-14", "03-15", "day"),
    ("wed at 3?", "03-18 15:00", "03-18 16:00", "time"),
    ("sat night", "03-14 18:00", "03-15", "part"),
    ("thurs 6pm", "03-12 18:00", "03-12 19:00", "time"),
    ("at 19:45 tomorrow", "03-12 19:45", "03-12 20:45", "time"),
    ("from 3 to 5 tomorrow", "03-12 15:00", "03-12 17:00", "time"),
    ("friday 2-4pm", "03-13 14:00", "03-13 16:00", "time"),
    ("yesterday", "03-10", "03-11", "day"),
    ("last friday", "03-06", "03-07", "day"),
    ("two weeks ago", "02-23", "03-02", "week"),
    ("3 days ago", "03-08", "03-09", "day"),
    ("last night", "03-10 18:00", "03-11", "part"),
    ("this morning", "03-11 05:00", "03-11 12:00", "part"),
    ("at the end of the month", "03-25", "04-01", "month"),
    ("monday 9am", "03-16 09:00", "03-16 10:00", "time"),
    ("tmr 10ish", "03-12 10:00", "03-12 11:00", "time"),
    ("2moro nite", "03-12 18:00", "03-13", "part"),
    ("i moved here in march", "03-01", "04-01", "month"),
    ("in july", "07-01", "08-01", "month"),
    ("on christmas eve", "12-24", "12-25", "day"),
    ("party friday the 13th at 8", "03-13 20:00", "03-13 21:00", "time"),
    ("on 2026-04-02", "04-02", "04-03", "day"),
    ("how about 6 instead", "03-11 18:00", "03-11 19:00", "time"),
    ("come by after 6", "03-11 18:00", "03-11 19:00", "time"),
    ("this thursday at 5", "03-12 17:00", "03-12 18:00", "time"),
    ("in like 10 minutes", "03-11 10:30", "03-11 11:30", "time"),
    ("see you in the morning", "03-12 05:00", "03-12 12:00", "part"),
    ("two hours from now", "03-11 12:20", "03-11 13:20", "time"),
    ("a week from tomorrow", "03-19", "03-20", "day"),
    ("tonight at 12", "03-12", "03-12 01:00", "time"),
    ("from 9 to 5", "03-12 09:00", "03-12 17:00", "time"),
    ("good morning! free tomorrow?", "03-12", "03-13", "day"),
    ("4/13 at 8pm", "04-13 20:00", "04-13 21:00", "time"),
    ("Tomorrow’s dinner is at ten", "03-12 22:00", "03-12 23:00", "time"),
    ("she was born in 1998", "1998-01-01", "1999-01-01", "year"),
    ("i went to the gym on monday", "03-09", "03-10", "day"),
    ("i moved to berlin in may", "2025-05-01", "2025-06-01", "month"),
)
MINUTES = (
    ("twenty to 8 tonight", "03-11 19:40", "03-11 20:40", "time"),
    ("twenty past seven on saturday", "03-14 19:20", "03-14 20:20", "time"),
    ("tomorrow, twenty after 6?", "03-12 18:20", "03-12 19:20", "time"),
    ("five to 8 tonight", "03-11 19:55", "03-11 20:55", "time"),
)
CHINESE = (
    ("明天下午三点", "03-12 15:00", "03-12 16:00", "time"),
    ("周五晚上", "03-13 18:00", "03-14", "part"),
    ("下周二", "03-17", "03-18", "day"),
    ("3号", "04-03", "04-04", "day"),
    ("大后天", "03-14", "03-15", "day"),
    ("月底", "03-25", "04-01", "month"),
    ("明晚七点吃饭？", "03-12 19:00", "03-12 20:00", "time"),
    ("今晚有空吗", "03-11 18:00", "03-12", "part"),
    ("后天上午10点半见", "03-13 10:30", "03-13 11:30", "time"),
    ("星期天去爬山吧", "03-15", "03-16", "day"),
    ("礼拜六中午一起吃饭", "03-14 11:00", "03-14 14:00", "part"),
    ("这周末", "03-14", "03-16", "day"),
    ("下周末呢", "03-21", "03-23", "day"),
    ("下周", "03-16", "03-23", "week"),
    ("下个月", "04-01", "05-01", "month"),
    ("下个月5号", "04-05", "04-06", "day"),
    ("5月3号考试", "05-03", "05-04", "day"),
    ("五月二十号", "05-20", "05-21", "day"),
    ("三天后", "03-14", "03-15", "day"),
    ("两周后", "03-23", "03-30", "week"),
    ("半小时后到", "03-11 10:50", "03-11 11:50", "time"),
    ("过两个小时", "03-11 12:20", "03-11 13:20", "time"),
    ("十分钟后", "03-11 10:30", "03-11 11:30", "time"),
    ("明早八点", "03-12 08:00", "03-12 09:00", "time"),
    ("凌晨两点的飞机", "03-12 02:00", "03-12 03:00", "time"),
    ("晚上8点一刻", "03-11 20:15", "03-11 21:15", "time"),
    ("明天15:30开会", "03-12 15:30", "03-12 16:30", "time"),
    ("三点半可以吗", "03-11 15:30", "03-11 16:30", "time"),
    ("下午两点到四点", "03-11 14:00", "03-11 16:00", "time"),
    ("周四傍晚", "03-12 17:00", "03-12 19:00", "part"),
    ("明天晚上九点二十", "03-12 21:20", "03-12 22:20", "time"),
    ("昨天", "03-10", "03-11", "day"),
    ("前天晚上", "03-09 18:00", "03-10", "part"),
    ("上周五", "03-06", "03-07", "day"),
    ("三天前", "03-08", "03-09", "day"),
    ("两个星期前", "02-23", "03-02", "week"),
    ("昨晚", "03-10 18:00", "03-11", "part"),
    ("今天早上", "03-11 05:00", "03-11 12:00", "part"),
    ("週五晚上八點", "03-13 20:00", "03-13 21:00", "time"),
    ("後天下午", "03-13 12:00", "03-13 18:00", "part"),
    ("下礼拜三", "03-18", "03-19", "day"),
    ("下下周一", "03-23", "03-24", "day"),
    ("月初", "04-01", "04-11", "month"),
    ("年底", "12-01", "2027-01-01", "month"),
    ("国庆", "10-01", "10-08", "day"),
    ("圣诞节", "12-25", "12-26", "day"),
    ("本周五3点", "03-13 15:00", "03-13 16:00", "time"),
    ("７点见", "03-11 19:00", "03-11 20:00", "time"),
    ("20号下午", "03-20 12:00", "03-20 18:00", "part"),
    ("2026年4月2日", "04-02", "04-03", "day"),
    ("改到六点吧", "03-11 18:00", "03-11 19:00", "time"),
    ("七月去旅游", "07-01", "08-01", "month"),
    ("过两天", "03-13", "03-16", "day"),
    ("明后天", "03-12", "03-14", "day"),
    ("五月中旬", "05-11", "05-21", "month"),
    ("5月底", "05-25", "06-01", "month"),
    ("去年三月我去了日本", "2025-03-01", "2025-04-01", "month"),
    ("今晚十二点", "03-12", "03-12 01:00", "time"),
    ("晚上两点", "03-12 02:00", "03-12 03:00", "time"),
    ("三月八日", "2027-03-08", "2027-03-09", "day"),
    ("我2019年毕业的", "2019-01-01", "2020-01-01", "year"),
    ("礼拜六晚八点", "03-14 20:00", "03-14 21:00", "time"),
)
NONE = (
    "i sat down",
    "it may rain",
    "the second time",
    "at 5 people it gets crowded",
    "i have it 24/7",
    "we won 3:1",
    "it costs about 7",
    "see you next time",
    "every friday i swim",
    "the 5th floor",
    "早一点好",
    "我说三点建议",
    "坐3号线",
    "每周五都开会",
    "有一点累",
    "下次再说",
    "几点",
    "一点都不好吃",
    "i have 3 a day",
    "dentist on 4/5 at 10",
    "i have class at 8am every day",
    "mon-fri",
    "30th of february",
    "merry christmas",
    "good night",
    "it adds up to 5",
    "call me at 5551234",
    "1080p",
    "sun is shining",
    "on mondays i work",
    "每天早上7点起床",
    "周一到周五都上班",
    "二月三十号",
    "农历八月十五",
    "元旦快乐",
    "以后天天这样",
    "一周三次健身",
    "有三点要注意",
    "早上好",
    "三五个人",
    "在第10号",
    "9999999999号",
    "31月99号",
    "0000-00-00",
    "at 99",
    "二三十天后",
    "三四十分钟后到",
    "十七八号吧",
    "五月十二三号",
    "十十号",
)


@pytest.mark.parametrize(("said", "since", "until", "precision"), ENGLISH + MINUTES + CHINESE)
def test_what_is_meant(said: str, since: str, until: str, precision: str) -> None:
    (span,) = find_times(said, SAID, SHANGHAI)
    assert (span.since, span.until, span.precision) == (at(since), at(until), precision)


@pytest.mark.parametrize("said", NONE)
def test_what_names_no_time(said: str) -> None:
    assert find_times(said, SAID, SHANGHAI) == []


def test_several_in_one_text() -> None:
    spans = find_times("monday or tuesday at 3, or at 5", SAID, SHANGHAI)
    assert [span.since for span in spans] == [at("03-16"), at("03-17 15:00"), at("03-17 17:00")]
    spans = find_times("这周四或者下周一晚上", SAID, SHANGHAI)
    assert [span.since for span in spans] == [at("03-12"), at("03-16 18:00")]


def test_a_time_of_the_day_that_is_talked_about() -> None:
    (saturday,) = find_times("saturday", SAID, SHANGHAI)
    for said in ("7?", "at 7", "７点", "ok 7 then"):
        (span,) = find_times(said, SAID, SHANGHAI, about=saturday)
        assert span.since == at("03-14 19:00"), said
    assert find_times("7?", SAID, SHANGHAI) == []


def test_the_half_of_the_day_is_that_which_is_talked_about() -> None:
    for about, meant in (("saturday at 7pm", "20:00"), ("saturday at 9am", "08:00")):
        (latest,) = find_times(about, SAID, SHANGHAI)
        (span,) = find_times("8?", SAID, SHANGHAI, about=latest)
        assert span.since == at(f"03-14 {meant}")
    (saturday,) = find_times("saturday", SAID, SHANGHAI)
    (span,) = find_times("8?", SAID, SHANGHAI, about=saturday, doing="dinner")
    assert span.since == at("03-14 20:00")


def test_where_it_is_said() -> None:
    said = "dinner at ７ on ＦＲＩＤＡＹ?"
    (span,) = find_times(said, SAID, SHANGHAI)
    assert [said[start:end] for start, end in span.words] == ["at ７", "ＦＲＩＤＡＹ"]


def test_late_in_the_day_the_next_such_time_is_meant() -> None:
    late = at("03-11 20:00")
    (span,) = find_times("at 9?", late, SHANGHAI)
    assert span.since == at("03-11 21:00")
    (span,) = find_times("at 7?", late, SHANGHAI)
    assert span.since == at("03-12 19:00")


def test_days_are_those_of_the_zone_and_days_of_23_hours_are_days() -> None:
    said = at("03-28 23:30", BERLIN)  # 29 March in Shanghai; the clock is set at 2:00 on the 29th
    (tomorrow,) = find_times("tomorrow", said, BERLIN)
    assert (tomorrow.since, tomorrow.until) == (at("03-29", BERLIN), at("03-30", BERLIN))
    (soon,) = find_times("in 4 hours", said, BERLIN)
    assert soon.since == said + 4 * 3_600_000
    (at_three,) = find_times("tomorrow at 3pm", said, BERLIN)
    assert at_three.since == at("03-29 15:00", BERLIN)


def test_the_end_of_the_calendar_is_no_error() -> None:
    assert find_times("in 999 years", at("9999-12-01 00:00"), SHANGHAI) == []
    assert find_times("下周", at("9999-12-31 00:00"), SHANGHAI) == []
    for said in ("tomorrow at 3", "昨晚八点", "at 7?", "in 20 minutes"):
        for said_at in (2**62, -(2**62), 253_402_300_799_999, -62_135_596_800_001):
            assert find_times(said, said_at, SHANGHAI) == []


def test_a_long_text_is_no_trouble() -> None:
    assert len(find_times("tomorrow at 3, " * 20_000, SAID, SHANGHAI)) < 100
