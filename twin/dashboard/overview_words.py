"""What the overview says."""

from collections.abc import Mapping

from twin.connectors.base import State
from twin.dashboard.words import Words

ANSWERING = Words("The twin answers", "分身正在回复")
PAUSED = Words("Everything is paused", "已全部暂停")
PAUSED_UNTIL = Words("Everything is paused until {time}", "已全部暂停，直到 {time}")
AS_MODE = Words("In each chat as its mode says.", "按每个聊天的模式进行。")
SILENT = Words(
    "Messages are logged; nothing is answered and nothing prepared.",
    "消息照常记录，但不会回复，也不会准备草稿。",
)
PAUSE = Words("Pause everything", "全部暂停")
RESUME = Words("Go on", "继续")
REPLIES = Words("Replies today", "今日回复")
DRAFTS = Words("Drafts waiting", "待定草稿")
NEXT_TRAINING = Words("Next training", "下次训练")
TRAINING_NOW = Words("going now", "进行中")
NEVER = Words("switched off", "已关闭")
LIVE = Words("Live adapter", "当前适配器")
BASE = Words("the base model", "基础模型")
CONNECTORS = Words("Connections", "连接")
ACCOUNT = Words("Account: {account}", "账号：{account}")
LAST_EVENT = Words("Last event {time}", "最近活动 {time}")
SCAN = Words("Scan this code with your phone.", "请用手机扫描这个二维码。")
CODE = Words("Code to scan", "待扫描的二维码")
NEEDS_SCAN = Words("waits for a scan", "等待扫码")
PROBLEMS = Words("What needs attention", "需要留意")
NO_PROBLEM = Words("Nothing.", "没有。")
LOOKING = Words("Looking …", "正在检查……")
STATES: Mapping[State, Words] = {
    "stopped": Words("stopped", "已停止"),
    "starting": Words("starting", "正在启动"),
    "running": Words("running", "运行中"),
    "failed": Words("failed", "出错"),
}
