"""Recognise accounts of companies, bots and services, which are nobody's friends."""

import re

_WECHAT_IDS = """
weixin filehelper fmessage tmessage qmessage qqmail qqsync qqfriend medianote newsapp weibo
floatbottle lbsapp shakeapp readerapp blogapp blogappweixin facebookapp masssendapp meishiapp
feedsapp voip voipapp voicevoipapp voiceinputapp linkedinplugin cardpackage mphelper wxitil
brandsessionholder brandsessionholder_weapp brandservicesessionholder officialaccounts
service_officialaccounts notifymessage notification_messages weixinreminder helper_entry
userexperience_alarm exmail_tool opencustomerservicemsg appbrandcustomerservicemsg
"""
_WECHAT_ACCOUNTS = frozenset(_WECHAT_IDS.split())
_WECHAT_NAMES = """
微信团队 微信支付 微信游戏 微信运动 微信收款助手 服务通知 服务号 订阅号 订阅号消息 公众号 漂流瓶
QQ邮箱提醒 QQ离线消息 语音记事本 文件传输助手 腾讯新闻
朋友推荐消息 群发助手 公众平台安全助手
"""
_QQ_NAMES = "系统消息 QQ团队 QQ邮箱 QQ钱包 QQ安全中心 腾讯客服 Q群管家 我的电脑 服务号"
# Number ranges that QQ itself gives for bots, its own helper 2854196310 among them.
_QQ_BOTS = (
    (10_000, 10_000),
    (66_600_000, 66_600_000),
    (2_854_196_301, 2_854_216_399),
    (3_328_144_510, 3_328_144_510),
    (3_889_000_000, 3_889_999_999),
    (4_010_000_000, 4_019_999_999),
)
_QQ_DIGITS = 10  # none is longer
_TELEGRAM_IDS = frozenset({"777000", "42777", "333000", "1271266957", "1087968824", "136817688"})
# A user name that ends so is a bot's by Telegram's rule; a shown one may be a Mr Talbot's.
_BOT_HANDLE = re.compile(r"@?[a-z]\w{2,30}bot", re.IGNORECASE | re.ASCII)
_BOT_NAME = re.compile(r".*(?:(?<![^\W_])[Bb]ot|[a-z0-9]Bot|BotFather)")
_NAMES = {
    "wechat": frozenset(_WECHAT_NAMES.split()),
    "qq": frozenset(_QQ_NAMES.split()),
    "telegram": frozenset({"Telegram", "Replies", "BotFather"}),
    "whatsapp": frozenset({"WhatsApp", "Meta AI", "WhatsApp Business"}),
    "line": frozenset({"LINE", "LINE Pay", "LINEチーム"}),
    "discord": frozenset({"Discord", "MEE6", "Dyno", "Carl-bot", "Midjourney Bot"}),
}
# Short numbers, and the 106 ones that China's services send from.
_SERVICE_NUMBER = re.compile(r"\d{3,6}|(?:\+?86)?(?:106\d{5,17}|95\d{3,6}|100(?:00|10|86)\d{0,3})")
_WITH_PHONE_NUMBERS = ("imessage", "whatsapp", "sms")


def is_official(platform: str, external_id: str, name: str) -> bool:
    """Whether the chat is with a company, a bot, a service or oneself, by the account's id or name.

    Only ids that the platform gives to nobody else, and whole names, are taken.
    """
    if name.strip() in _NAMES.get(platform, ()):
        return True
    if platform == "wechat":
        return external_id in _WECHAT_ACCOUNTS or external_id.startswith("gh_")
    if platform == "qq":
        return is_qq_bot(external_id)
    if platform == "telegram":
        return external_id in _TELEGRAM_IDS or _is_bot(external_id, name)
    if platform in _WITH_PHONE_NUMBERS:
        account = external_id.partition("@")[0]
        return account in ("0", "status") or _SERVICE_NUMBER.fullmatch(account) is not None
    return False


def is_qq_bot(number: str) -> bool:
    """Whether QQ gives that number to programs alone."""
    if not number.isdecimal() or len(number) > _QQ_DIGITS:
        return False
    return any(first <= int(number) <= last for first, last in _QQ_BOTS)


def _is_bot(external_id: str, name: str) -> bool:
    handle, shown = _BOT_HANDLE.fullmatch(external_id), _BOT_NAME.fullmatch(name.strip())
    return handle is not None or shown is not None
