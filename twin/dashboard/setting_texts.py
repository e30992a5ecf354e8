"""A setting's name, explanation and why it is fixed, in the owner's language.

In English they are its key and what the settings file and `twin.config.schema.edit` say.
"""

from collections.abc import Mapping

from twin.config.fields import Setting
from twin.dashboard import learning_settings_words, living_settings_words
from twin.dashboard.words import Language

CHINESE = learning_settings_words.CHINESE | living_settings_words.CHINESE
_LOCKED_OUT = "改错会让你进不了自己的页面，或让别人进来"
# By section or key.
FIXED: Mapping[str, str] = {
    "paths": "换个文件夹就是另一个分身；请自己移动数据",
    "model": "模型无法加载时机器人就不能启动，而且有些模型会运行自带的代码",
    "web.enabled": _LOCKED_OUT,
    "web.host": _LOCKED_OUT,
    "web.port": _LOCKED_OUT,
    "web.names": _LOCKED_OUT,
    "web.dashboard": _LOCKED_OUT,
    "connectors.wechaty.endpoint": "监听那个地址的人会得到网关的令牌",
    "connectors.wechaty.token": "这是秘密，最好放在环境变量 TWIN_WECHATY_TOKEN 里",
}


def name_in(language: Language, setting: Setting) -> str | None:
    """What it is called beside its key; None where the key is the name."""
    return None if language == "en" or setting.key not in CHINESE else CHINESE[setting.key][0]


def note_in(language: Language, setting: Setting) -> str:
    known = language != "en" and setting.key in CHINESE
    return CHINESE[setting.key][1] if known else setting.note


def why_fixed_in(language: Language, setting: Setting) -> str:
    chinese = FIXED.get(setting.key) or FIXED.get(setting.section)
    return (setting.fixed or "") if language == "en" or chinese is None else chinese
