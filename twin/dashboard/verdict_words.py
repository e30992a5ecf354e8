"""The gate's reasons in Chinese. Its English sentences are kept with the verdict."""

from collections.abc import Mapping, Sequence
from typing import Any

from twin.dashboard.words import Language

# By the code of the ground, with the same figures as in its English sentence.
CHINESE: Mapping[str, str] = {
    "nothing_held_out": "没有留出的回答可供评判：请导入更多聊天，或调高 [dataset] held_out",
    "better_than_base": "比基础模型好：每词元损失低 {by:.3f}（{low:.3f} 至 {high:.3f}）",
    "better_than_live": "比当前适配器好：每词元损失低 {by:.3f}（{low:.3f} 至 {high:.3f}）",
    "nothing_new_to_base": "没有对基础模型来说是新的留出回答",
    "nothing_new_to_live": "没有对当前适配器来说是新的留出回答",
    "not_better_than_base": (
        "没有明显好于基础模型：每词元损失 {difference:+.3f}（{low:+.3f} 至 {high:+.3f}）"
    ),
    "not_better_than_live": (
        "没有明显好于当前适配器：每词元损失 {difference:+.3f}（{low:+.3f} 至 {high:+.3f}）"
    ),
    "few_ends": "只有 {share:.0%} 的回答自己结束，至少要 {least:.0%}",
    "repeats": "{share:.0%} 的回答重复自己，最多允许 {most:.0%}（你本人 {usual:.0%}）",
    "quotes_training": "{share:.0%} 的回答照搬训练消息，最多允许 {most:.0%}（你本人 {usual:.0%}）",
    "quotes_chats": (
        "{share:.0%} 的回答说出其他聊天里的话，最多允许 {most:.0%}（你本人 {usual:.0%}）"
    ),
    "secrets_out": "{planted} 个埋设的秘密说出了 {out} 个",
    "strange": "{share:.0%} 的新消息不像你写的，最多允许 {most:.0%}",
}


def reasons_in(language: Language, verdict: Mapping[str, Any]) -> Sequence[str]:
    """Why the adapter went live or not; in English where a code is unknown or none was kept."""
    reasons: Sequence[str] = verdict.get("reasons", [])
    grounds: Sequence[Mapping[str, Any]] = verdict.get("grounds", [])
    if language == "en" or not all(ground["code"] in CHINESE for ground in grounds):
        return reasons
    return [CHINESE[one["code"]].format(**one["values"]) for one in grounds] or reasons
