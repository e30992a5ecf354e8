"""QQ's own text and QQChatExporter."""

from tests.storage.importers.case import Case

CASES = (
    Case(
        "QC4 exporter.txt",
        """
# qq 小雨
小雨: 来吗
> 来
""",
    ),
    Case(
        "Q01 小雨.txt",
        """
# qq 小雨
小雨: 在吗
> [image] 在
小雨: [sticker]
""",
        me="阿本",
    ),
    Case(
        "Q02 全部消息记录.txt",
        """
# qq 小雨
小雨: 在吗
> 在
# qq 大山
大山: 借我钱
> 没钱
# qq group 同学群
老王: 大家好
> 好
""",
        me="阿本",
    ),
    Case(
        "Q03 ampm 群.txt",
        """
# qq group 跑团群
2019-09-23 20:43 骰娘: 1
2019-09-23 20:44 > 晚上好
2019-09-24 00:10 > 半夜
2019-09-24 07:54 山君: 早
""",
        me="20002",
        with_times=True,
    ),
    Case(
        "Q04 群.txt",
        """
# qq group 跑团群
新名: @阿本 来吗
> 来
新名: [image] 早
-- 阿本加入本群。
-- ~ 新名撤回了一条消息
>
老头: 红包
""",
        me="阿本",
    ),
    Case(
        "Q05 slash.txt",
        """
# qq group 跑团群
旧名: 你好
> 好
""",
        me="阿本",
    ),
    Case(
        "QC1 names.json",
        """
# qq group 同学群
小雨: 来吗
> 来
小雨: 几点
> 八点
""",
        me="阿本",
    ),
    Case(
        "QC3 kinds.json",
        """
# qq 小雨
小雨: 来吗
> 来
> [forward]
> [link]
> [/微笑]好的
> 小雨 看
> [image] 我的猫
> [voice]
> ~ 秘密
-- 阿本撤回了一条消息
>
> 纯文本
> [transfer]
>
小雨: 好
""",
        me="阿本",
    ),
)
