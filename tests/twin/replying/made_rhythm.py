"""A rhythm as training might have written it, and a burst to ask it about."""

from typing import Any

from twin.replying.owner_bursts import FriendBurst
from twin.replying.rhythm import STEPS, VERSION, Rhythm
from twin.replying.rhythm_features import FEATURES

NO_WEIGHTS = [0.0] * len(FEATURES)
DOCUMENT: dict[str, Any] = {
    "version": VERSION,
    "features": list(FEATURES),
    "rate": 0.8,
    "log_delay": 3.0,
    "answers": {"intercept": 1.0, "weights": NO_WEIGHTS},
    "delay": {"intercept": 3.0, "weights": NO_WEIGHTS},
    "late": [at / 10 - 1 for at in range(STEPS)],
    "gaps": [at / 10 for at in range(STEPS)],
    "first_characters": 12,
    "chats": {"1": {"bursts": 10, "answered": 8, "log_delays": 20.0}},
    "trust": {"auc_low": 0.7, "calibration_error": 0.02},
}


def made_rhythm(**changes: Any) -> Rhythm:
    return Rhythm.model_validate(DOCUMENT | changes)


def burst(chat_id: int = 1, **changes: Any) -> FriendBurst:
    values = {
        "chat_id": chat_id,
        "began": 0,
        "ended": 0,
        "characters": 10,
        "messages": 1,
        "asks": False,
        "says": False,
        "silence_s": 60.0,
    }
    return FriendBurst(**(values | changes))
