"""What messages state, and what only looks like it."""

from datetime import UTC, datetime
from typing import get_args

import pytest

from twin.memory.extraction.rules import RuleLanguage, rules_of
from twin.memory.extraction.statements import statements_in
from twin.memory.kinds import KINDS

NOON = int(datetime(2024, 5, 15, 12, tzinfo=UTC).timestamp() * 1000)  # a Wednesday

STATED = {
    "I moved to Berlin in March": "home=berlin",
    "yeah so I live in Leeds now lol": "home=leeds",
    "I live in Berlin, what about you?": "home=berlin",
    "i live in st. george utah": "home=st. george utah",
    "I've lived in Oslo for 3 years": "home=oslo",
    "I'm moving to Paris next month": "home=paris",
    "I don't live in Rome anymore": "home=-rome",
    "I'm from Germany originally": "from=germany",
    "> do you like it there\nI live in Oslo": "home=oslo",
    "Sam here 👋 I live in Boston now!!": "home=boston",
    "I work at Siemens": "work=siemens",
    "im a software engineer": "job=software engineer",
    "I quit my job yesterday": "work=none",
    "my boss is called Marge": "boss=marge",
    "I'm studying physics": "subject=physics",
    "I’m a sophomore": "year=sophomore",
    "my birthday is on the 5th of May": "birthday=the 5th of may",
    "it's my birthday tomorrow 🎂": "birthday=05-16",
    "I just turned 30": "age=30",
    "I was born in May": "birthday=may",
    "tomorrow is my birthday": "birthday=05-16",
    "I'm the oldest of three": "siblings=oldest",
    "my mum moved to Berlin": "mum: home=berlin",
    "my sister Anna is a doctor": "sister: job=doctor",
    "my daughter's called Mia": "daughter: name=mia",
    "we have two kids": "kids=two",
    "we got a puppy named Bella": "puppy: name=bella",
    "my dog's name is Rex": "dog: name=rex",
    "I have two cats": "cats=yes",
    "I'm allergic to peanuts": "allergy: peanuts=yes",
    "I don't eat meat": "eats: meat=no",
    "btw I'm vegan": "diet=vegan",
    "I love pizza so much": "likes: pizza=yes",
    "I hate talking on the phone": "likes: talking on the phone=no",
    "I like problem solving": "likes: problem solving=yes",
    "my favourite colour is blue": "favorite colour=blue",
    "I play the violin": "plays: violin=yes",
    "I speak a little Spanish": "speaks: spanish=yes",
    "I sold my car": "car=no",
    "my wedding is on June 8": "wedding=2024-06-08",
    "我住在北京，你呢？": "home=北京",
    "上个月我搬到上海了": "home=上海",
    "我不住在北京了": "home=-北京",
    "我家在成都": "home=成都",
    "我是四川人": "from=四川",
    "我离开上海了": "home=-上海",
    "我爸在上海工作": "爸: home=上海",
    "我在腾讯上班": "work=腾讯",
    "我是一名护士": "job=护士",
    "我辭職了": "work=none",
    "我的生日是三月十二号": "birthday=三月十二号",
    "明天我生日": "birthday=05-16",
    "我今年28岁": "age=28",
    "我妈搬到柏林了": "妈: home=柏林",
    "我女朋友叫小雨": "女朋友: name=小雨",
    "我有两个姐姐": "姐姐s=两",
    "我养了一只猫叫咪咪": "猫: name=咪咪",
    "我家的狗叫旺财": "狗: name=旺财",
    "我对花生过敏，吃了要进医院的": "allergy: 花生=yes",
    "我不吃香菜": "eats: 香菜=no",
    "我最喜欢吃火锅": "likes: 吃火锅=yes",
    "我讨厌下雨天": "likes: 下雨天=no",
    "我会弹钢琴": "plays: 钢琴=yes",
    "我在学法语": "speaks: 法语=learning",
    "我买了一辆特斯拉": "特斯拉=yes",
    "我大三": "year=大三",
    "我的婚礼定在6月8号": "婚礼=2024-06-08",
}

NOT_STATED = [
    *("do I live in Berlin?", "where do I live", "I live in Berlin?"),
    *("if I lived in Rome I'd eat pizza", "I wish I lived in Rome", "I could live in Rome"),
    *("I almost moved to Rome", "maybe I live in Rome", "I want to move to Rome"),
    *("she said I live in Berlin", "Anna told me: I live in Rome", "he was like, I live in Rome"),
    *('"I live in Berlin"', "“I live in Berlin”", "> I moved to Rome", "Anna: I moved to Rome"),
    *("I live in a palace, yeah right", "I live in Berlin /s", "I live in Rome lol jk"),
    *("I live in Rome 🙃", "in the novel I live in Rome", "my friend lives in Oslo"),
    *("I used to live in Rome", "not true that I live in Rome", "I never lived in Rome"),
    *("I'm moving to Paris", "I live in fear", "I live in it", "we moved to the next room"),
    *("I'm a bad cook", "I'm 25 minutes late", "I work at night", "my mum is 6"),
    *("I love you", "I like that", "I like it a lot", "I love your voice", "I love these"),
    *("my dad was a teacher", "I have a question", "I have a dog problem"),
    *("I'm from marketing", "I moved to Linux", "we moved to Tuesday", "I live in sweatpants"),
    *("I work for a living", "I'm married to my job", "my sister passed", "MY BOSS IS CRAZY"),
    *("my mom is German", "I drive a hard bargain", "I go to KFC", "I can't drink tonight"),
    *("I'm the oldest in the room", "it's my birthday on friday", "I'm a nurse in the game"),
    *("you live in Berlin", "live in Berlin", "I lived in Rome when I was little"),
    *("如果我住在上海就好了", "我住在月球上，骗你的", "你住在北京吗？", "我住在哪里"),
    *("他说我住在北京", "我梦见我搬到巴黎了", "“我住在伦敦”", "小明：我住在伦敦"),
    *("我以前住在广州", "我想去北京", "我要是有钱就搬到上海", "我差点搬到上海"),
    *("我喜欢你", "我爱你", "我喜欢这个", "我不吃了", "我今天不吃辣", "我不吃饭了"),
    *("我哥在睡觉", "我家在装修", "我不在家", "我不在意", "我离开群聊了", "我搬到三楼了"),
    *("我在认真工作", "我是老司机", "我妈走了", "我是猪", "我快30岁了", "我的生日", "我不吃醋"),
    *("我朋友住在北京", "我住院了", "我搬到客厅去了", "我妈叫我回家", "我是好人"),
]

PRIVATE = [
    "I live in London, call me on +44 20 7946 0958",
    "I live in 12 Baker Street, London NW1 6XE",
    "I love cats and my password is hunter2xyz",
    "我住在朝阳区望京街道100号3栋502",
    "我对花生过敏，我的手机号是13812345678",
]


def stated(text: str) -> list[str]:
    return [f"{one.slot}={one.value}" for one in statements_in(text, NOON, UTC)]


@pytest.mark.parametrize(("text", "says"), STATED.items())
def test_what_a_message_states(text: str, says: str) -> None:
    assert stated(text) == [says]


@pytest.mark.parametrize("text", NOT_STATED)
def test_what_states_nothing(text: str) -> None:
    assert stated(text) == []


@pytest.mark.parametrize("text", PRIVATE)
def test_private_values_are_no_facts(text: str) -> None:
    assert stated(text) == []


def test_the_words_stay_as_they_were_written() -> None:
    [one] = statements_in("haha ok. Yeah I moved to BERLIN, finally!! Bye", NOON, UTC)
    assert one.text == "Yeah I moved to BERLIN, finally!!"


def test_of_a_long_sentence_the_clause_is_kept() -> None:
    text = f"I love pizza, and {'la ' * 60}"
    assert [one.text for one in statements_in(text, NOON, UTC)] == ["I love pizza"]


@pytest.mark.parametrize(
    ("text", "since", "until"),
    [
        ("I live in Rome", "2024-05-15", None),
        ("I moved to Rome in March", "2024-03-01", None),
        ("I moved to Rome last week", "2024-05-06", None),
        ("I'm moving to Rome on June 1", "2024-06-01", None),
        ("I live in Rome until June 30", "2024-05-15", "2024-07-01"),
        ("I'm 25", "2024-05-15", "2025-05-15"),
        ("my flight is tomorrow", "2024-05-15", "2024-05-17"),
        ("I love mondays", "2024-05-15", None),
        ("我上周搬到上海了", "2024-05-06", None),
    ],
)
def test_since_when_and_until_when(text: str, since: str, until: str | None) -> None:
    [one] = statements_in(text, NOON, UTC)
    assert _day(one.valid_from) == since
    assert (one.valid_until and _day(one.valid_until)) == until


def _day(at: int) -> str:
    return f"{datetime.fromtimestamp(at / 1000, tz=UTC):%Y-%m-%d}"


@pytest.mark.parametrize("language", get_args(RuleLanguage))
def test_rules_are_of_known_kinds(language: RuleLanguage) -> None:
    rules, _ = rules_of(language)
    assert {rule.kind for rule in rules} <= set(KINDS)
    assert len(rules) > 50
