"""MemoTrace's JSON for training."""

from pathlib import Path

from tests.storage.importers.samples import Sample, as_json, read_sample

CONVERSATIONS = as_json(
    [
        {
            "conversations": [
                {"role": "system", "content": "be me"},
                {"role": "user", "content": "在吗"},
                {"role": "assistant", "content": "在"},
            ]
        },
        {"conversations": [{"role": "user", "content": "吃了吗"}]},
    ]
)

SAMPLES = (Sample("conversations.json", CONVERSATIONS),)


def test_conversations_are_far_apart(tmp_path: Path) -> None:
    first, second, third = read_sample(tmp_path, "conversations.json")
    assert (first.from_owner, second.from_owner) == (False, True)
    assert second.sent_at - first.sent_at == 1000
    assert third.sent_at - second.sent_at > 6 * 3600 * 1000
