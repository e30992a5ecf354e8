"""What the pages before the login say."""

from collections.abc import Mapping

from twin.dashboard.auth.sessions import Refusal
from twin.dashboard.words import Words

LOGIN = Words("Log in", "登录")
PASSWORD = Words("Password", "密码")
SET_UP = Words("Set a password", "设置密码")
SET_UP_HINT = Words(
    "It opens these pages. At least {shortest} characters.",
    "用来打开这些页面，至少 {shortest} 个字符。",
)
AGAIN = Words("The same again", "再输入一次")
DIFFERENT = Words("The two are not the same.", "两次输入不一致。")
SHORT = Words(
    "Please give {shortest} to {longest} characters.", "请输入 {shortest} 到 {longest} 个字符。"
)
NO_PASSWORD = Words(
    "No password is set yet. Open the link that the bot printed in its terminal, "
    "or run: bot.py password",
    "还没有设置密码。请打开机器人在终端里显示的链接，或运行：bot.py password",
)
REFUSED: Mapping[Refusal, Words] = {
    "unset": NO_PASSWORD,
    "wrong": Words("That isn't the password.", "密码不正确。"),
    "too_often": Words(
        "Too many attempts. Please wait a quarter of an hour.", "尝试次数过多，请一刻钟后再试。"
    ),
    "bad_link": Words(
        "This link doesn't work (any more). The bot prints a new one at its next start.",
        "这个链接已失效，机器人下次启动时会显示新的链接。",
    ),
}
