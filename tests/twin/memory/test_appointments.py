"""Which appointments chats leave; each begins on Wednesday 11 March 2026, 10:20, in Shanghai."""

from collections.abc import Iterator
from datetime import datetime
from zoneinfo import ZoneInfo

import pytest

from storage.messages import Message
from twin.memory.appointments import Appointment, appointments

ZONE = ZoneInfo("Asia/Shanghai")
BEGAN = round(datetime(2026, 3, 11, 10, 20, tzinfo=ZONE).timestamp() * 1000)
HOUR_MS = 3_600_000


def chat(lines: str) -> Iterator[Message]:
    """ "f: dinner?" is the friend's, "o: ok" the owner's; "+5" lets five hours go by."""
    at = BEGAN
    for number, line in enumerate(lines.split(" / "), start=1):
        if line.startswith("+"):
            at += int(line[1:]) * HOUR_MS
            continue
        at += 60_000
        origin = "peer" if line.startswith("f") else "owner"
        yield Message(number, 1, origin, "text", line[3:], at, None)  # type: ignore[arg-type]


def told(appointment: Appointment) -> str:
    when = datetime.fromtimestamp(appointment.when.since / 1000, tz=ZONE)
    exact = appointment.when.precision in ("time", "part")
    return (
        f"{when:%m-%d %H:%M} {appointment.words}" if exact else f"{when:%m-%d} {appointment.words}"
    )


ENGLISH = (
    ("f: dinner at 7 tomorrow? / o: ok", "03-12 19:00 dinner"),
    ("f: dinner at 7 tomorrow? / o: sorry can't", ""),
    ("f: dinner at 7 tomorrow? / o: lol", ""),
    ("f: dinner tomorrow? / o: sure, what time? / f: 7? / o: ok", "03-12 19:00 dinner"),
    ("f: dinner tomorrow? / o: sure / f: 7? / o: make it 8 / f: ok", "03-12 20:00 dinner"),
    ("f: dinner at 7 tomorrow? / o: ok / f: can we do 8 instead? / o: sure", "03-12 20:00 dinner"),
    ("f: dinner at 7 tomorrow? / o: ok / f: can we do 8 instead? / o: no", "03-12 19:00 dinner"),
    ("f: dinner at 7 tomorrow? / o: ok / f: let's make it 8 instead", "03-12 20:00 dinner"),
    (
        "f: dinner at 7 tomorrow? / o: ok / +5"
        " / f: sorry something came up, can't make it tomorrow",
        "",
    ),
    ("f: dinner at 7 tomorrow? / o: ok / +5 / o: have to cancel dinner tomorrow sorry", ""),
    (
        "f: dinner at 7 tomorrow? / o: ok / +5"
        " / f: can't make it tomorrow, how about friday? / o: ok",
        "03-13 dinner",
    ),
    (
        "f: dinner at 7 tomorrow? / o: no i'm busy tomorrow, how about saturday? / f: perfect",
        "03-14 dinner",
    ),
    ("f: dinner at 7 tomorrow? / o: 7 is too early, 8? / f: ok", "03-12 20:00 dinner"),
    (
        "f: dinner at 7 tomorrow? / o: ok / +3 / f: are we still on for tomorrow? / o: yes",
        "03-12 19:00 dinner",
    ),
    ("f: dinner at 7 tomorrow? / o: ok / +3 / f: are we still on for tomorrow? / o: no sorry", ""),
    ("f: dinner at 7 tomorrow? / o: ok / f: great, see you tomorrow", "03-12 19:00 dinner"),
    ("o: see you tomorrow at 3", "03-12 15:00 see you"),
    ("f: i have an exam on friday", "03-13 i have an exam"),
    ("f: i hope it won't rain tomorrow", ""),
    ("o: tomorrow will be cold", ""),
    ("f: i went to the gym on monday", ""),
    (
        "f: movie on friday? / o: sounds great! / f: dentist at 3 tomorrow so i can't talk",
        "03-13 movie",
    ),
    ("f: wanna grab coffee thursday around 4? / o: can't wait!", "03-12 16:00 grab coffee"),
    ("f: wanna grab coffee thursday around 4? / o: no problem", "03-12 16:00 grab coffee"),
    ("f: are you free on friday? / o: yeah / f: cool, movie at 8? / o: sure", "03-13 20:00 movie"),
    ("f: meet at the station at 3? / o: 👍", "03-11 15:00 meet at the station"),
    (
        "f: lets meet saturday / o: i can't on saturday / f: sunday then? / o: sunday works",
        "03-15 meet",
    ),
    ("f: lunch tomorrow? / f: hello? / o: yes!! sorry was asleep", "03-12 lunch"),
    ("f: happy friday!", ""),
    ("f: what are you doing tomorrow? / o: nothing, why", ""),
    ("f: what are you doing tomorrow? / o: not sure yet", ""),
    (
        "o: dinner at mine on saturday at 6? / f: I'd love to! / +20"
        " / o: can we push it to 7? / f: fine by me",
        "03-14 19:00 dinner at mine",
    ),
    ("f: call me tomorrow? / o: no / f: ok friday then / o: ok", "03-13 call me"),
    (
        "f: yo u down for basketball sat at 10? / o: yea im down",
        "03-14 10:00 yo u down for basketball",
    ),
    ("f: can you pick me up at 6 tomorrow / o: sure thing", "03-12 18:00 can you pick me up"),
    ("f: my flight is at 6:45am on saturday", "03-14 06:45 my flight"),
    (
        "f: party at mine on the 21st, you coming? / o: of course!",
        "03-21 party at mine, you coming",
    ),
    ("f: lunch? / o: sure, 12:30? / f: k", "03-11 12:30 lunch"),
    (
        "f: want to study together tonight / o: ya sounds good, 8? / f: perfect see u then",
        "03-11 20:00 study together",
    ),
    ("f: are you coming to church tomorrow? / o: yes", "03-12 are you coming to church"),
    ("f: did you go yesterday? / o: yes", ""),
    ("f: it's my birthday tomorrow / o: happy birthday!!", "03-12 it's my birthday"),
    (
        "f: dinner friday at 7? / o: I'll let you know / +3 / o: ok dinner friday works!",
        "03-13 19:00 dinner",
    ),
    ("f: tomorrow at 3? / o: can't, 4? / f: ok", "03-12 16:00 "),
    ("o: let's do thursday at 5 / f: ok", "03-12 17:00 do"),
    ("f: see you on monday / +100 / f: hi", "03-16 see you"),
    ("o: lunch tomorrow? / f: ok / o: see you on monday", "03-12 lunch; 03-16 see you"),
    ("o: lunch tomorrow? / f: ok / o: see you at 1 then", "03-12 13:00 lunch"),
    ("f: dinner at 7 tomorrow? / o: ok / f: actually let's do 8", "03-12 20:00 dinner"),
    ("f: dinner at 7 tomorrow? / o: ok / f: can't do tomorrow, sorry", ""),
    ("f: dinner at 7 tomorrow? / o: ok / f: I can't tomorrow anymore", ""),
    ("f: dinner at 7 tomorrow? / o: ok / f: should we cancel?", "03-12 19:00 dinner"),
    ("f: dinner at 7 tomorrow? / o: nah", ""),
    ("f: come over friday night? / o: i'd love to but i'm working", ""),
    ("f: dinner tomorrow? / o: sounds good but can we do 8? / f: yep", "03-12 20:00 dinner"),
    ("f: dinner at 7 tomorrow? / +13 / o: ok!", "03-12 19:00 dinner"),
    ("o: i'm free tomorrow afternoon", ""),
    ("f: are you free for dinner tomorrow? / o: yes", "03-12 are you free for dinner"),
    ("f: dinner tomorrow? / o: i have an exam on friday / f: ok", "03-13 i have an exam"),
    (
        "f: dinner tomorrow? / o: sure! i have an exam on friday / f: good luck",
        "03-12 dinner",
    ),
    (
        "f: dinner tomorrow? / f: i have an exam on friday / o: ok dinner works",
        "03-13 i have an exam; 03-12 dinner",
    ),
    (
        "f: doctor's appointment tomorrow at 2, wish me luck",
        "03-12 14:00 doctor's appointment, wish me luck",
    ),
    (
        "f: can u babysit saturday / o: what time / f: 6 to 10 / o: yeah",
        "03-14 18:00 can u babysit",
    ),
    ("f: dinner tonight? / o: can't tonight, tomorrow? / f: tomorrow's good", "03-12 dinner"),
    (
        "f: let's do brunch sunday / o: k / f: sunday is off, how about next sunday? / o: ok",
        "03-22 do brunch",
    ),
    ("f: are we still meeting tomorrow at 5? / o: yes", "03-12 17:00 are we still meeting"),
    ("f: thanks for dinner yesterday / o: np, let's do it again next friday", ""),
    ("f: meeting moved to 2pm tomorrow / o: ok thanks", "03-12 14:00 meeting moved"),
    ("f: we should hang out this weekend / o: for sure", "03-14 we should hang out"),
    ("f: I'll be there in 20 minutes", "03-11 10:41 I'll be there"),
    ("f: game night at 8 / o: count me in", "03-11 20:00 game night"),
    ("f: I won't be home tomorrow", ""),
    ("f: it's due on friday / o: ugh", ""),
    ("f: my exam is on friday / +30 / f: my exam got moved to monday", "03-16 my exam"),
    (
        "o: dinner tomorrow at 7 with my parents / f: nice / +4"
        " / f: dinner tomorrow at 7 right? / o: with my parents yes",
        "03-12 19:00 dinner with my parents",
    ),
)
CHINESE = (
    ("f: 明天下午三点一起喝咖啡？ / o: 好啊", "03-12 15:00 一起喝咖啡"),
    ("f: 明天下午三点一起喝咖啡？ / o: 不行，我要加班", ""),
    ("f: 周五晚上吃火锅吗 / o: 可以 / f: 七点？ / o: 行", "03-13 19:00 吃火锅"),
    ("f: 周五晚上七点吃火锅吗 / o: 可以 / +10 / f: 改到周六吧 / o: 好的", "03-14 吃火锅"),
    ("f: 周五晚上七点吃火锅吗 / o: 可以 / +10 / o: 周五去不了了，临时有事", ""),
    ("o: 明天下午三点见", "03-12 15:00 见"),
    ("f: 我下周二考试", "03-17 我考试"),
    ("f: 明天会下雨", ""),
    ("f: 周日去爬山吗 / o: 去 / +24 / f: 周日下雨，咱们改下周吧 / o: 好", "03-16 去爬山"),
    (
        "f: 你周六有空吗 / o: 有，怎么了 / f: 一起去看展 / o: 好呀，几点"
        " / f: 下午两点吧，美术馆门口 / o: ok",
        "03-14 14:00 一起去看展",
    ),
    ("f: 咱们3号晚上见 / o: 3号不行，5号吧 / f: 可以", "04-05 咱们见"),
    ("f: 明天七点吃饭吗 / o: 好 / o: 明天我不能来了", ""),
    ("f: 明天七点吃饭吗 / o: 我就不去了", ""),
    ("f: 明天七点吃饭吗 / o: 好 / f: 那就改到八点", "03-12 20:00 吃饭"),
    ("f: 明晚一起吃饭？ / o: 几点 / f: 七点 / o: 好", "03-12 19:00 一起吃饭"),
    ("f: 3号见？ / o: 没问题", "04-03 见"),
    ("f: 周末有空吗 / o: 没空", ""),
    ("f: 周末有空吗 / o: 有啊 / f: 那周六一起打球 / o: 行", "03-14 一起打球"),
    (
        "f: 周六有空不，一起去爬山 / o: 好呀，几点 / f: 早上八点，地铁站见 / o: ok",
        "03-14 08:00 有空不，一起去爬山",
    ),
    ("f: 明晚聚餐你来不来 / o: 来", "03-12 18:00 聚餐你来不来"),
    (
        "f: 明天晚上我请你吃饭 / o: 明天不行，后天吧 / f: 行，那后天晚上六点半老地方 / o: 好的",
        "03-13 18:30 我请你吃饭",
    ),
    ("f: 下周三我要去上海出差", "03-18 我要去上海出差"),
    ("o: 我明早八点的高铁 / f: 一路顺风", "03-12 08:00 我的高铁"),
    ("f: 周五的会改到下周一上午十点 / o: 收到", "03-16 10:00 会"),
    (
        "f: 后天一起看电影？ / o: 好 / +20 / f: 不好意思，后天临时有事，改天吧 / o: 没事",
        "03-13 一起看电影",
    ),
    ("f: 什么时候有空吃个饭 / o: 周日中午吧 / f: 可以", "03-15 11:00 什么时候有空吃个饭"),
    ("f: 咱们周六几点见 / o: 三点吧 / f: 好", "03-14 15:00 咱们几点见"),
)


@pytest.mark.parametrize(("lines", "left"), ENGLISH + CHINESE)
def test_what_is_left(lines: str, left: str) -> None:
    assert "; ".join(map(told, appointments(chat(lines), ZONE))) == left


def test_it_stands_on_the_messages_that_made_it_in_the_words_that_say_most() -> None:
    lines = "f: dinner tomorrow? / o: sure, what time? / f: 7? / o: make it 8 / f: ok"
    (dinner,) = appointments(chat(lines), ZONE)
    assert dinner.messages == (1, 2, 3, 4)
    assert (dinner.words, dinner.by) == ("dinner", "friend")
    assert dinner.said_at == BEGAN + 4 * 60_000  # its newest wording


def test_a_yes_of_the_same_side_or_a_day_later_is_none() -> None:
    assert not appointments(chat("f: dinner at 7 tomorrow? / f: ok?"), ZONE)
    assert not appointments(chat("f: dinner on saturday at 7? / +21 / o: ok"), ZONE)


def test_a_long_message_tells_a_story() -> None:
    assert not appointments(chat("o: i fly on friday " + "and so on " * 30), ZONE)
