"""Each setting has a Chinese name and explanation; its English is in the shipped file."""

import re

import pytest

from twin.config.edit import FILE_ONLY, TYPES
from twin.config.fields import Setting, all_settings
from twin.dashboard.setting_texts import CHINESE, FIXED, name_in, note_in, why_fixed_in

HAN = re.compile(r"[\u4e00-\u9fff]")


@pytest.mark.parametrize("setting", all_settings(), ids=lambda one: one.key)
def test_every_setting_is_told_in_chinese(setting: Setting) -> None:
    name, note = name_in("zh-CN", setting), note_in("zh-CN", setting)
    assert name is not None
    assert HAN.search(name + note)
    assert note != setting.note
    assert note
    assert name_in("en", setting) is None
    assert note_in("en", setting) == setting.note
    if setting.fixed is not None:
        assert HAN.search(why_fixed_in("zh-CN", setting))
        assert why_fixed_in("en", setting) == setting.fixed


def test_nothing_is_told_of_settings_that_are_none() -> None:
    assert set(CHINESE) == set(TYPES)
    assert set(FIXED) == set(FILE_ONLY)
