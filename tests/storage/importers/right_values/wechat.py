"""Exports of WeChat: chatlog, WeFlow, PyWxDump and MemoTrace."""

from tests.storage.importers.case import Case

CASES = (
    Case(
        "K02 chatlog.txt",
        """
# wechat 小明
小明: 在吗
> 在
小明: 明天几点？
""",
    ),
    Case(
        "K03 chatlog full.txt",
        """
# wechat 小明
2024-10-04 11:43 小明: 在吗
2024-10-04 11:43 > 在
""",
        with_times=True,
    ),
    Case(
        "F01 weflow csv 小明.csv",
        """
# wechat F01 weflow csv 小明
小明: 在吗
> 在
小明: 看这个
> [link]
> [forward]
> [link]
> [call]
-- ~ 小明 撤回了一条消息
-- ~ 你撤回了一条消息
> [transfer]
> [voice]
> [image]
小明: 好
""",
        me="阿本",
    ),
    Case(
        "F02 weflow txt 小明.txt",
        """
# wechat F02 weflow txt 小明
小明: 在吗
> 在
小明: [image]
> 哈哈
""",
    ),
    Case(
        "F04 pywxdump 1@chatroom_0_5.csv",
        """
# wechat group 1@chatroom
wxid_f: 在吗
> 在
1@chatroom: [system] "小明"邀请"老王"加入了群聊
> 好啊
> 行
> [system] 我拍了拍小明
> [transfer]
> [other]
> 嗯
> 嗯
""",
        me="阿本",
    ),
    Case(
        "F05 memotrace messages.csv",
        """
# wechat 小明
小明: 在吗
> 在
>
> [system] ~ 你撤回了一条消息
> [sticker]
# wechat 大山
大山: 借钱
> 没有
# wechat F05 memotrace messages 7
> 你好
""",
        me="阿本",
    ),
    Case(
        "F06 memotrace excel.csv",
        """
# wechat F06 memotrace excel
小明: 在吗
> 在
> 好的
-- ~ 你撤回了一条消息
""",
        me="阿本",
    ),
    Case(
        "F07 memotrace 小明.txt",
        """
# wechat F07 memotrace 小明
小明: 在吗
>
小明: [image]
> 在
-- ~ 小明 撤回了一条消息
> 会议记录\\n2024-10-05 09:00:00 开会\\n都来
小明: 好
""",
        me="阿本",
    ),
    Case(
        "F08 小明.txt",
        """
# wechat F08 小明
小明: 在吗
> 在
-- ~ 你撤回了一条消息
-- 以上是打招呼的内容
> 八点吧
> [sticker]
小明: [link]
小明: 好
""",
        me="你",
    ),
    Case(
        "K01 wxid_f_2024-10-01_2024-10-05.csv",
        """
# wechat 小明
-- 你已添加了小明，现在可以开始聊天了。
小明: 在吗
> 在
小明: 明天几点？
-- ~ 你撤回了一条消息
> 八点吧
> [forward]
小明: [link]
> [link]
> [link]
> [sticker]
> [transfer]
-- "我" 拍了拍 "小明"
> [transfer]
小明: 好的
""",
    ),
    Case(
        "K04 v3 wxid_f_2024-10-01_2024-10-05.csv",
        """
# wechat 小明
小明: 在吗
> 在
小明: 明天几点？
> 八点吧
""",
    ),
)
