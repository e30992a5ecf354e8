"""Whatever is kept as a code is told in Chinese on the Chinese pages, with its value."""

import re
from pathlib import Path
from string import Formatter

import pytest

from storage.chats import get_chat, upsert_chat
from storage.database import open_database
from storage.errors import InputError, TwinError
from storage.importers.detect import importers
from storage.messages import Message, Origin
from storage.reasons import BurstReason, ErrorReason, Reason, RunEnd, RunReason
from training.dataset.pairing import BY_TWIN, OPENING
from training.evaluation.promotion_gate import verdict_of
from training.evaluation.scores import GateReason
from twin.config.fields import Setting, all_settings
from twin.config.load import parse_config
from twin.dashboard.pages.samples import WHY_NOT
from twin.dashboard.pages.settings import SECTIONS
from twin.dashboard.wording import (
    WRONG_SETTINGS,
    chat_in,
    error_in,
    finding_in,
    kind_in,
    platform_in,
    reason_in,
    verdict_in,
    who_in,
)
from twin.diagnostics.findings import FINDINGS, Check, problem
from twin.language import Language
from twin.privacy.learning import EXCLUDED, NO_CONSENT, OFFICIAL, WITHDRAWN
from twin.replying.guard import FoundKind
from twin.score_labels import GATE_SENTENCES

HAN = re.compile(r"[\u4e00-\u9fff]")
EN, ZH = Language("en"), Language("zh_CN")
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


def fields(*texts: str) -> set[str]:
    return {name for text in texts for _, name, _, _ in Formatter().parse(text) if name}


def test_platforms_have_names_on_the_pages(tmp_path: Path) -> None:
    formats = {importer.PLATFORM for importer in importers()}
    assert [one for one in formats if platform_in(EN, one) == one] == []
    assert [platform_in(ZH, one) for one in ("wechat", "import", "sms")] == ["微信", "导入", "短信"]
    assert platform_in(ZH, "Chat {0}") == "Chat {0}"
    db = open_database(tmp_path / "twin.db")
    ann = upsert_chat(db, "whatsapp", "1", "Ann {x}")
    db.close()
    assert (chat_in(EN, ann), chat_in(ZH, ann)) == ("Ann {x} (WhatsApp)", "Ann {x}（WhatsApp）")


@pytest.mark.parametrize("reason", [*BurstReason, *RunReason, *RunEnd], ids=repr)
def test_every_reason_is_told_in_chinese(reason: Reason) -> None:
    assert ":" not in reason.removesuffix(": {}")
    words = ZH.find(reason, "reason") or ""
    assert HAN.search(words)
    assert ("{}" in words) == ("{}" in reason)
    kept = reason.of("23") if "{}" in words else str(reason)
    assert reason_in(ZH, kept) == words.format("23")
    assert reason_in(EN, kept) == kept


@pytest.mark.parametrize("reason", ErrorReason, ids=repr)
def test_every_common_error_is_told_in_chinese(reason: ErrorReason) -> None:
    words = ZH.find(reason, "reason") or ""
    assert HAN.search(words)
    error = TwinError("sorry", reason=reason.of("x") if "{}" in words else str(reason))
    assert error_in(ZH, error) == words.format("x")
    assert error_in(EN, error) == "sorry"


def test_the_topics_of_the_guard_are_told_in_chinese() -> None:
    assert reason_in(ZH, BurstReason.WAITS.of(FoundKind.CARD)) == "等待本人处理：银行卡号"


@pytest.mark.parametrize(("text", "told"), WRONG.items())
def test_a_wrong_setting_is_told_in_chinese(text: str, told: str, tmp_path: Path) -> None:
    with pytest.raises(InputError) as raised:
        parse_config(text, tmp_path / "config.toml")
    assert error_in(ZH, raised.value) == told
    assert "config.toml" in error_in(EN, raised.value)


def test_nothing_is_told_that_no_setting_can_be() -> None:
    said = {told.partition("：")[2] for told in WRONG.values()}
    chinese = [ZH.say(text) for text in WRONG_SETTINGS.values()]
    assert [words for words in chinese if not any(fits(words, one) for one in said)] == []


def fits(words: str, told: str) -> bool:
    return told.startswith(words.partition("{}")[0].strip())


def test_an_error_as_it_is_raised_has_its_value(tmp_path: Path) -> None:
    db = open_database(tmp_path / "twin.db")
    with pytest.raises(InputError) as raised:
        get_chat(db, 7)
    db.close()
    assert error_in(ZH, raised.value) == "没有第 7 号聊天"


def test_what_has_no_translation_stays_english() -> None:
    assert error_in(ZH, TwinError("odd")) == "odd"
    assert error_in(ZH, TwinError("odd", reason="new: 3")) == "odd"
    assert finding_in(ZH, Check("gpu", "warn", "hot", "cool it")) == ("gpu：hot", "cool it")


@pytest.mark.parametrize("code", FINDINGS)
def test_every_finding_is_told_in_both_languages(code: str) -> None:
    english = FINDINGS[code]
    wanted = fields(english.found, english.remedy)
    check = problem(code, **dict.fromkeys(wanted, "x"))
    assert finding_in(EN, check) == (f"{check.name}: {check.found}", check.remedy)
    found, remedy = finding_in(ZH, check)
    assert ZH.say(english.name) != english.name
    assert found.startswith(ZH.say(english.name))
    assert all(HAN.search(text) for text in (found, remedy))


def test_a_runs_error_is_told_in_chinese_too() -> None:
    error = RunEnd.FEW_SAMPLES.of("3 < 20")
    check = problem("marked_and_failed", adapter="one", run=4, error=error)
    assert error in check.found
    assert "训练样本太少（3 < 20）" in finding_in(ZH, check)[0]


@pytest.mark.parametrize("code", GATE_SENTENCES)
def test_every_reason_of_the_gate_is_told_in_chinese(code: str) -> None:
    chinese = ZH.say(GATE_SENTENCES[code])
    assert HAN.search(chinese)
    values = dict.fromkeys(fields(chinese), 0.25)
    verdict = verdict_of(GateReason(code, values))
    kept = {"reasons": verdict.reasons, "grounds": [{"code": code, "values": values}]}
    assert verdict_in(ZH, kept) == [chinese.format(**values)]
    assert verdict_in(EN, kept) == verdict.reasons


def test_a_verdict_of_another_version_stays_english() -> None:
    assert verdict_in(ZH, {"reasons": ["worse"]}) == ["worse"]
    unknown = {"reasons": ["odd"], "grounds": [{"code": "odd", "values": {}}]}
    assert verdict_in(ZH, unknown) == ["odd"]
    assert verdict_in(ZH, {}) == []


def test_why_a_sample_is_not_learnt_is_told_in_chinese() -> None:
    assert set(WHY_NOT) == {EXCLUDED, NO_CONSENT, WITHDRAWN, OFFICIAL, OPENING, BY_TWIN}
    assert all(HAN.search(ZH.say(text)) for text in WHY_NOT.values())


def test_every_section_of_settings_has_its_place_on_the_page() -> None:
    assert {setting.section for setting in all_settings()} == set(SECTIONS)


@pytest.mark.parametrize("setting", all_settings(), ids=lambda one: one.key)
def test_every_setting_is_explained_in_chinese(setting: Setting) -> None:
    name, note = ZH.find(setting.key, "setting"), ZH.find_note(setting.key)
    assert name
    assert note
    assert HAN.search(name + note)
    assert note != setting.note
    assert EN.find(setting.key, "setting") is None
    assert EN.find_note(setting.key) is None
    if setting.fixed is not None:
        assert HAN.search(ZH.find(setting.fixed, "fixed") or "")
        assert EN.find(setting.fixed, "fixed") is None


@pytest.mark.parametrize(
    ("origin", "sender", "friend", "who"),
    [
        ("peer", None, None, "朋友"),
        ("peer", None, "Ann", "Ann"),
        ("peer", "Ben", "Friends of Ann", "Ben"),
        ("peer", "", "", "朋友"),
        ("owner", "Me", "Ann", "你"),
        ("twin", None, "Ann", "分身"),
    ],
)
def test_who_wrote_a_message(
    origin: Origin, sender: str | None, friend: str | None, who: str
) -> None:
    message = Message(1, 1, origin, "text", "hi", 1, None, sender=sender)
    assert who_in(ZH, message, friend) == who


def test_a_kind_of_messages_that_nobody_knows_is_another_one() -> None:
    assert [kind_in(ZH, kind) for kind in ("voice", "other", "poll", "")] == [
        "语音",
        *["其他"] * 3,
    ]
