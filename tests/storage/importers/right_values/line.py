"""LINE's text of phones and of Windows."""

from tests.storage.importers.case import Case

CASES = (
    Case(
        "L01 [LINE] Mio.txt",
        """
# line Mio
Mio: 予定はこれ\\n2021/04/24(土)\\n18:00 渋谷集合
> わかった
Mio: よろしく
""",
    ),
    Case(
        "L02 [LINE] Mio.txt",
        """
# line Mio
Mio: which version?\\n1.2.3\\nor newer
> 1.2.3 is fine
Mio: ok
> done
Mio: good morning
> morning
""",
    ),
    Case(
        "L03 [LINE] Mio.txt",
        """
# line Mio
Mio: [image]
> [other]
Mio: [system] ~ Message unsent.
> [system] ~ Ben unsent a message.
Mio: [file]
> [location]
> [call]
Mio: [call]
> [image]
Mio: Auto-reply: I am away
> [other]
> [link]
Mio: ok
""",
    ),
    Case(
        "L04 [LINE] มะลิ.txt",
        """
# line มะลิ
มะลิ: สวัสดีค่ะ
> สวัสดีครับ
มะลิ: [image]
> [sticker]
มะลิ: ไปไหน
> บ้าน
""",
    ),
    Case(
        "L05 [LINE] Mio.txt",
        """
# line Mio
Mio: こんばんは
> こんばんは
-- ~ Mioがメッセージの送信を取り消しました
> [image]
Mio: [sticker]
> [call]
Mio: おはよう
> おはよう
""",
        me="Ben",
    ),
    Case(
        "L06 [LINE] Mio.txt",
        """
# line Mio
2021-03-05 00:05 Mio: late
2021-03-05 22:00 Mio: Hi
2021-03-05 22:01 > Hello
2021-03-06 12:10 > noon
""",
        with_times=True,
    ),
    Case(
        "L07 [LINE] Mio.txt",
        """
# line Mio
2021-03-05 00:05 Mio: 還在
2021-03-05 10:00 Mio: 嗨
2021-03-05 12:01 > 哈囉
2021-03-06 08:06 -- ~ Mio已收回訊息
2021-03-06 20:05 > 回家
""",
        with_times=True,
    ),
    Case(
        "L09 talk.txt",
        """
# line Mio
Mio: 彼女が言った\\n"嘘つき"\\nって
> "何"って何？
Mio: ""
> ok
""",
    ),
)
