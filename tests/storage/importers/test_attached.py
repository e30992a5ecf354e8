"""Where a file may lie that a message names: never above what was imported."""

from hypothesis import example, given
from hypothesis import strategies as st

from storage.importers.attached import _places

PART = st.sampled_from(
    ["..", ".", "", "a", "b.jpg", "%2e%2e", "%2f", "%00", "C:", "~", "é", "chat", " "]
)
OWN = st.sampled_from(["chat", "all", "é"])
NAMED = st.one_of(
    st.text(max_size=30),
    st.lists(PART, max_size=8).map("/".join),
    st.lists(PART, max_size=8).map("\\".join),
)


@example(base=("chat",), own="chat", named="chat/chat")
@given(st.lists(OWN, max_size=3).map(tuple), OWN, NAMED)
def test_no_path_leads_out(base: tuple[str, ...], own: str, named: str) -> None:
    for place in _places(base, own, named):
        assert place
        for part in place:
            assert part not in ("", ".", "..")
            assert not set("/\\\0") & set(part)
