import pytest

from training.dataset.quality.fillers import is_filler

FILLERS = """
嗯|嗯嗯嗯|哦哦|好|好的|好的好的|好的，哈哈|行吧|收到|知道了|哈哈哈哈|嘿嘿|呵呵。。。|额……|233333|6666|hhhh|emmmm|嗯？
ok|OK!|okkkk|Okay.|k|kk|Yes|yesss!!|yeah|Yeahhh haha|yep|yup|lol|LOOOL|lmao|haha|HAHAHAHA|hahah
ah ok
hmm|mhm|oh|uh huh|XD|:)|:D|:( :(|...|???|😂|👍🏻👍🏻|❤️|🇨🇳|[捂脸]|[Smile][Smile]|ＯＫ|ok\\n嗯
sí|vale|jajaja|oui|mdr|да|ага|хахаха|うん|はい|www|ㅋㅋㅋㅋ|ㅇㅇ|네|نعم|ههههه|wkwkwk
"""
TEACHING = """
no way!!|No|nope|nah|不|不行|没有|笑死|在路上了|好吃|好累|好想你|好的，那我六点到|行李收好了
可以不去吗|是谁|对不起|哈尔滨|哦豁完蛋
ok see you at 8|yes I am|you too!|same|me too|thanks|hi|hello?|he|hi hi|lock it|kevin|hahaha no|cool
god|lol what|23|66
1|2024|8:30|[PHONE_1]|[图片] 看这个|😂 不可能|on my way|да нет
как дела|ну и что|草莓|はやく|嗯你先去|收到货了|明白人|成都|中国
"""


def each(table: str) -> list[str]:
    return [
        text.replace("\\n", "\n") for line in table.split("\n") for text in line.split("|") if text
    ]


@pytest.mark.parametrize("text", each(FILLERS))
def test_it_says_nothing(text: str) -> None:
    assert is_filler(text)


@pytest.mark.parametrize("text", each(TEACHING))
def test_it_teaches_though_it_is_short(text: str) -> None:
    assert not is_filler(text)
