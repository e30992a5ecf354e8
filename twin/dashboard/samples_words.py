"""What the sample browser says."""

from collections.abc import Mapping

from twin.dashboard.words import Words

BACK = Words("Back to the data", "返回数据")
SEARCH = Words("Words", "搜索")
CHAT = Words("Or all of a chat", "或查看一个聊天的全部")
NO_CHAT = Words("–", "–")
FIND = Words("Show", "显示")
HINT = Words(
    "Each answer of yours with what it answers, as the twin would learn it. Search, or choose a "
    "chat. The numbers of placeholders may differ, and what only all answers together decide "
    "([quality], [dataset] max_samples) is not shown here.",
    "这里显示你的每条回答及其所回应的内容，即分身会学到的样子。可以搜索或选择一个聊天。"
    "占位符的编号可能不同；需要综合所有回答才能决定的筛选"
    "（[quality]、[dataset] max_samples）不在此显示。",
)
LOOKING = Words("Looking …", "正在查找……")
NOTHING = Words("Nothing found.", "没有找到。")
FRIEND = Words("Friend", "朋友")
YOU = Words("You", "你")
LEARNT = Words("is learnt", "会学习")
NOT_LEARNT = Words("is not learnt: {reason}", "不学习：{reason}")
BY_OWNER = Words("you excluded it", "你已排除")
EXCLUDE = Words("Exclude this answer", "排除这条回答")
INCLUDE = Words("Learn from it again", "恢复学习这条回答")
EXCLUDE_CHAT = Words("Exclude the whole chat", "排除整个聊天")
INCLUDE_CHAT = Words("Learn from the chat again", "恢复学习这个聊天")
EXCLUDED = Words(
    "The answer is excluded, from the next training on.", "已排除这条回答，下次训练起生效。"
)
INCLUDED = Words("The answer is learnt again.", "已恢复学习这条回答。")
CHAT_EXCLUDED = Words(
    "Nothing of “{chat}” is learnt, from the next training on.",
    "“{chat}”的内容不再学习，下次训练起生效。",
)
CHAT_INCLUDED = Words("“{chat}” is learnt from again.", "已恢复学习“{chat}”。")
ASK = Words(
    "Exclude the chat “{chat}”? Nothing of it is learnt, from the next training on. What an "
    "adapter has learnt already stays in it.",
    "要排除聊天“{chat}”吗？下次训练起不再学习其中内容；已训练的适配器不受影响。",
)
YES = Words("Exclude it", "排除")
OLDER = Words("Older", "更早")
UNAVAILABLE = Words("The samples can't be read here.", "此处无法读取样本。")
EMPTY = Words("(you spoke first)", "（你先说的）")

# Why something is not learnt, in Chinese; its English is the trainer's own words.
CHINESE_REASONS: Mapping[str, str] = {
    "excluded by [privacy]": "已在 [privacy] 中排除",
    "official": "与公司、机器人或服务号的聊天，或自己的备忘",
    "owner: spoke first": "你先说的，没有可回应的话",
    "answered by the twin: never learnt from": "是分身说的，从不学习",
}
