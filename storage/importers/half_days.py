"""The words for the halves of the day that phones write beside a time of twelve hours."""

import re


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


# Without spaces and full stops.
_MORNING = _words(
    """
    am vm fm de öö pd sa pg πμ ጥዋት 上午 午前 오전 凌晨 早上 清晨 ص قظ صباحا пробед ก่อนเที่ยง
    पूर्वाह्न मपू পূর্বাহ্ণ পূর্বাহ্ন ਪੂਦੁ முற்பகல் ಪೂರ್ವಾಹ್ನ
    """
)
_AFTERNOON = _words(
    """
    pm nm em du ös md ch ptg μμ ከሰዓት 下午 午後 오후 晚上 中午 傍晚 م بظ مساء следобед слоб หลังเที่ยง
    अपराह्न मउ অপরাহ্ণ অপরাহ্ন ਬਾਦੁ பிற்பகல் ಅಪರಾಹ್ನ
    """
)
# "o'clock", in whichever half.
_HOUR = _words("klo kl ч h uhr")
NOON = "中午"  # an hour before it and two after it


def half_of_day(word: str) -> str | None:
    """The word in its plain form; None for one that is no half of the day."""
    plain = re.sub(r"[\s.\u200c]", "", word).lower()
    return plain if not plain or plain in _MORNING | _AFTERNOON | _HOUR else None


def hour_of_day(hour: int, half: str) -> int:
    """The hour from 0 to 23. `half` as `half_of_day` gives it, "" for none."""
    if half in _AFTERNOON and hour < 12:
        return hour if half == NOON and hour >= 11 else hour + 12
    return 0 if half in _MORNING and hour == 12 else hour
