"""What the settings page says. The explanations are those of `setting_texts`."""

from collections.abc import Mapping

from twin.dashboard.words import Words

INTRO = Words(
    "Everything is kept in {file}; comments there stay as they are.",
    "所有设置保存在 {file}，其中的注释保持不变。",
)
WAITING = Words("Waits for a restart of the bot: {keys}", "重启机器人后生效：{keys}")
SAVED = Words("Saved.", "已保存。")
FIXED = Words("In the file alone: {reason}.", "只能在文件中修改：{reason}。")
HIDDEN = Words("set", "已设置")
UNSET = Words("not set", "未设置")
NOTHING = Words("nothing", "空")
ONE_A_LINE = Words("One in each line.", "每行一个。")
NOW = Words("Takes effect at once.", "立即生效。")
NEXT_RUN = Words("Takes effect with the next training.", "下次训练时生效。")
BOTH = Words(
    "Takes effect with the next training; in replies after a restart of the bot.",
    "下次训练时生效；回复中要在重启机器人后生效。",
)
RESTART = Words("Takes effect after a restart of the bot.", "重启机器人后生效。")

# In this order on the page.
SECTIONS: Mapping[str, tuple[Words, Words]] = {
    "owner": (Words("You", "你"), BOTH),
    "reply": (Words("Replies", "回复"), RESTART),
    "policy": (Words("When it stays silent", "何时不发言"), RESTART),
    "schedule": (Words("Nightly training", "夜间训练"), RESTART),
    "privacy": (Words("Privacy", "隐私"), NEXT_RUN),
    "dataset": (Words("Samples", "训练样本"), BOTH),
    "quality": (Words("Which answers are learnt", "学习哪些回答"), NEXT_RUN),
    "train": (Words("Training", "训练"), NEXT_RUN),
    "judge": (Words("What an adapter must be like", "适配器的上线标准"), NEXT_RUN),
    "import": (Words("Import", "导入"), NOW),
    "connectors.wechaty": (Words("WeChat", "微信"), RESTART),
    "api": (Words("Other programs", "其他程序"), RESTART),
    "console": (Words("Terminal", "终端"), RESTART),
    "web": (Words("Web pages", "网页"), RESTART),
    "model": (Words("Model", "模型"), RESTART),
    "paths": (Words("Folder", "文件夹"), RESTART),
}
