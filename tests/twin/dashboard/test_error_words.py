"""What the owner does wrong is told in Chinese on the Chinese pages."""

import re
from pathlib import Path

import pytest

from storage.chats import get_chat
from storage.database import open_database
from storage.errors import InputError, TwinError
from storage.reasons import ErrorReason
from twin.config.load import parse_config
from twin.dashboard.error_words import CHINESE, SETTINGS, error_in

WRONG = {
    "[train]\nrank = 0": "train.rank：不能小于 1",
    "[train]\nrank = 1.5": "train.rank：必须是整数",
    "[train]\nlearning_rate = nan": "train.learning_rate：必须是有限的数",
    "[train]\ntargets = []": "train.targets：至少要有一项",
    "[dataset]\nsilence_minutes = 0": "dataset.silence_minutes：必须大于 0.0",
    "[dataset]\nheld_out = 1": "dataset.held_out：必须小于 1.0",
    "[dataset]\nreply_hours = 'x'": "dataset.reply_hours：必须是数字",
    "[web]\nport = 70000": "web.port：不能大于 65535",
    "[reply]\ndisclose = 'x'": "reply.disclose：只能是 'daily', 'always' or 'never'",
    "[schedule]\nretrain_at = '9'": "schedule.retrain_at：格式不对，请看说明",
    "[schedule]\ntimezone = 'x'": "schedule.timezone：不能这样写，请看说明",
    "[model]\nbase = ''": "model.base：不能为空",
    "[policy]\nguard = 3": "policy.guard：必须是 true 或 false",
    "[owner]\nname = 3": "owner.name：必须是文字",
    "[privacy]\nblocked_words = 3": "privacy.blocked_words：必须是列表",
    "train = 3": "train：必须是一节设置",
    "[train]\nranks = 3": "train.ranks：没有这项设置，全部设置见 config.toml",
}


@pytest.mark.parametrize("reason", ErrorReason, ids=repr)
def test_every_common_error_is_told_in_chinese(reason: ErrorReason) -> None:
    words = CHINESE[reason]
    assert re.search(r"[\u4e00-\u9fff]", words)
    error = TwinError("sorry", reason=reason.of("x") if "{}" in words else str(reason))
    assert error_in("zh-CN", error) == words.format("x")
    assert error_in("en", error) == "sorry"


@pytest.mark.parametrize(("text", "told"), WRONG.items())
def test_a_wrong_setting_is_told_in_chinese(text: str, told: str, tmp_path: Path) -> None:
    with pytest.raises(InputError) as raised:
        parse_config(text, tmp_path / "config.toml")
    assert error_in("zh-CN", raised.value) == told
    assert "config.toml" in error_in("en", raised.value)


def test_nothing_is_told_that_no_setting_can_be() -> None:
    said = {told.partition("：")[2] for told in WRONG.values()}
    unsaid = [words for words in SETTINGS.values() if not any(fits(words, one) for one in said)]
    assert unsaid == []


def fits(words: str, told: str) -> bool:
    return told.startswith(words.partition("{}")[0].strip())


def test_an_error_as_it_is_raised_has_its_value(tmp_path: Path) -> None:
    db = open_database(tmp_path / "twin.db")
    with pytest.raises(InputError) as raised:
        get_chat(db, 7)
    db.close()
    assert error_in("zh-CN", raised.value) == "没有第 7 号聊天"


def test_what_has_no_words_stays_english() -> None:
    assert error_in("zh-CN", TwinError("odd")) == "odd"
    assert error_in("zh-CN", TwinError("odd", reason="new: 3")) == "odd"
