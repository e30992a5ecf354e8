import re
from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.twin.privacy.measure import Case, Score, measure, read_cases
from twin.privacy.masker import KINDS, PLACEHOLDER, Masker, find_private
from twin.replying.guard import forbidden_in

CHINESE, ENGLISH = read_cases("cases.zh.txt"), read_cases("cases.en.txt")
PROVEN = {"ID_CARD", "BANK_CARD", "IBAN"}  # by a checksum
# Each can be the beginning of many matches that fail late.
UNITS = [
    *("a", "1", "1 ", "01 ", "+1 ", "(0", "138", "4111-", "GB12 ", "@", "a@b.", "aA1"),
    *("deadbeef1", "eyJa.", "密码", "密码:", "验证码", "password is ", "code 1", "call "),
    *("电话", "plate A1", "passport A1", "县", "区县市", "路1号", "街一", "小区1栋"),
    *("1 Abc ", "12 a ", "1 rue A", "https://a?token=b ", "[PHONE_1]", "\0", "İ"),
    "-----BEGIN PRIVATE KEY-----",
]


@pytest.fixture(scope="module")
def scores() -> dict[str, Score]:
    return measure([*CHINESE, *ENGLISH])


def test_the_set_is_large_enough_to_mean_something() -> None:
    assert len(CHINESE) + len(ENGLISH) >= 600
    assert len(CHINESE) >= len(ENGLISH)
    texts = [case.text for case in (*CHINESE, *ENGLISH)]
    assert len(set(texts)) == len(texts)
    harmless = [case for case in (*CHINESE, *ENGLISH) if not case.labels]
    assert len(harmless) >= 300


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_is_found_and_little_else(kind: str, scores: dict[str, Score]) -> None:
    score = scores[kind]
    assert score.right >= 15
    floor = 0.98 if kind in PROVEN else 0.95
    assert score.recall >= floor, score.missed
    assert score.precision >= floor, score.wrong


@pytest.mark.parametrize(
    "same",
    [
        [
            "13812345678",
            "138-1234-5678",
            "+86 138 1234 5678",
            "１３８ １２３４ ５６７８",
            "0086 13812345678",
        ],
        ["4532661760313724", "4532 6617 6031 3724", "4532-6617-6031-3724"],
        ["DE92748477718341704718", "de92 7484 7771 8341 7047 18"],
        ["12010119910624459X", "12010119910624459x"],
        ["Anna@Example.com", "anna＠example.com"],
        ["沪A12345", "沪a·12345"],
        ["010-62345678", "(010)6234 5678", "010-62345678转801"],
    ],
)
def test_one_value_has_one_placeholder_however_it_is_written(same: list[str]) -> None:
    masker = Masker()
    masked = {masker.mask(value) for value in same}
    assert len(masked) == 1
    assert PLACEHOLDER.fullmatch(masked.pop())


def test_other_values_have_other_placeholders_and_the_message_stays() -> None:
    masker = Masker()
    assert masker.mask("打 13812345678 或 13987654321，快") == "打 [PHONE_1] 或 [PHONE_2]，快"
    assert masker.mask("mail a@example.com") == "mail [EMAIL_1]"
    assert masker.mask("还是 139 8765 4321") == "还是 [PHONE_2]"
    assert Masker().mask("13987654321") == "[PHONE_1]"


def test_only_the_value_of_a_password_goes() -> None:
    assert Masker().mask("wifi密码是abc12345，别说出去") == "wifi密码是[PASSWORD_1]，别说出去"
    assert Masker().mask("your code is 482913.") == "your code is [CODE_1]."


def test_the_number_in_an_ordinary_link_stays() -> None:
    text = "https://example.com/13812345678 和 13812345678"
    assert Masker().mask(text) == "https://example.com/13812345678 和 [PHONE_1]"


def test_an_identity_card_older_than_its_county_is_found() -> None:
    # Pudong, 310115, was founded in 1992.
    assert [finding.kind for finding in find_private("310115196803071233")] == ["ID_CARD"]


@pytest.mark.parametrize("cases", [CHINESE, ENGLISH], ids=["Chinese", "English"])
def test_what_is_masked_is_not_masked_again(cases: Sequence[Case]) -> None:
    once = [Masker().mask(case.text) for case in cases]
    assert [text for text in once if Masker().mask(text) != text] == []


@given(st.text() | st.from_regex(r"[0-9a-z @.:/密码路号+-]{0,60}", fullmatch=True))
def test_findings_lie_in_the_text_one_after_the_other(text: str) -> None:
    at = 0
    for finding in find_private(text):
        assert at <= finding.start < finding.end <= len(text)
        assert finding.value
        at = finding.end
    masked = Masker().mask(text)
    assert (masked == text) == (find_private(text) == [])


@pytest.mark.slow
@pytest.mark.parametrize("unit", UNITS)
def test_a_long_line_does_not_hang_it(unit: str) -> None:
    find_private(unit * (20_000 // len(unit)))  # quadratic time would take minutes


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("reply", ["call {}", "{}", "[ {} ]", "it's {} and {}", "{}]"])
def test_a_placeholder_is_never_sent(kind: str, reply: str) -> None:
    text = reply.replace("{}", f"[{kind}_12]")
    assert forbidden_in(text, lambda _: False) == "a placeholder"
    assert PLACEHOLDER.search(text)


@pytest.mark.parametrize(
    "text", ["[phone]", "see [1]", "the phone_1 column", "[link](url)", "[图片]"]
)
def test_brackets_of_other_kinds_are_sent(text: str) -> None:
    assert forbidden_in(text, lambda _: False) is None


def test_the_files_hold_no_unread_mark() -> None:
    assert not [c for c in (*CHINESE, *ENGLISH) if re.search("[⟦⟧]", c.text)]
