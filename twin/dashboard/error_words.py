"""The errors that the owner runs into most, in Chinese. The others are told as they are."""

from collections.abc import Mapping

from storage.errors import TwinError
from storage.reasons import ErrorReason
from twin.config.schema import WrongSetting
from twin.dashboard.reason_words import worded
from twin.dashboard.words import Language

CHINESE: Mapping[str, str] = {
    ErrorReason.NO_CHAT: "没有第 {} 号聊天",
    ErrorReason.NO_RUN: "没有第 {} 次训练",
    ErrorReason.NO_FRIEND_NAME: "请写朋友的名字",
    ErrorReason.NO_LINK: "“{}”没有链接：只有在这里邀请的朋友才有",
    ErrorReason.OWN_CHAT: "这是你与自己的聊天，不能更改",
    ErrorReason.NO_WORDS: "没有可发送的内容，请写点什么",
    ErrorReason.CANT_SEND: "无法发送给“{}”：必须是未关闭的朋友聊天，并且其平台已连接",
    ErrorReason.NO_ADAPTER: "没有适配器 {}",
    ErrorReason.ADAPTER_FORGOTTEN: "适配器 {} 学过已遗忘的聊天：请重新训练，或换一个",
    ErrorReason.ADAPTER_PRUNED: "适配器 {} 的文件已删除（[train] keep）",
    ErrorReason.ADAPTER_OF_OTHER_BASE: (
        "适配器是为另一个基础模型（{}）训练的：请重新训练，或改回 [model] base"
    ),
    ErrorReason.ADAPTER_UNREADABLE: "适配器无法读取（{}）：请重新训练，或换一个",
    ErrorReason.NO_ADAPTER_BEFORE: "之前没有可以重新启用的适配器",
    ErrorReason.NO_TRAINING: "此处已关闭训练",
    ErrorReason.RUN_GOING: "训练正在进行",
    ErrorReason.NO_ANSWER: "生成失败（{}），详情见日志",
    ErrorReason.NO_ROOM: "训练正在占用内存，暂时不能加载另一个模型",
    ErrorReason.NOT_A_NUMBER: "“{}”不是数字",
    ErrorReason.CANT_KEEP_SETTINGS: "无法保存设置（{}）：请检查文件夹是否可写、磁盘是否已满",
}
# By pydantic's type of the error; `{}` is the limit.
SETTINGS: Mapping[str, str] = {
    "greater_than": "必须大于 {}",
    "greater_than_equal": "不能小于 {}",
    "less_than": "必须小于 {}",
    "less_than_equal": "不能大于 {}",
    "finite_number": "必须是有限的数",
    "literal_error": "只能是 {}",
    "string_too_short": "不能为空",
    "too_short": "至少要有一项",
    "string_pattern_mismatch": "格式不对，请看说明",
    "value_error": "不能这样写，请看说明",
    "int_type": "必须是整数",
    "float_type": "必须是数字",
    "bool_type": "必须是 true 或 false",
    "string_type": "必须是文字",
    "tuple_type": "必须是列表",
    "model_type": "必须是一节设置",
    "extra_forbidden": "没有这项设置，全部设置见 config.toml",
}


def error_in(language: Language, error: TwinError) -> str:
    """One line; in English where there are no words for it."""
    if language == "en" or not error.reason:
        return str(error)
    if isinstance(error, WrongSetting):
        told = worded(SETTINGS, error.reason)
        return f"{error.key}：{told}" if told else str(error)
    return worded(CHINESE, error.reason) or str(error)
