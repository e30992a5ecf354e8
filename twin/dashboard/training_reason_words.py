"""What the trainer says of runs, samples, adapters and imports. English is how it is kept."""

from twin.dashboard.words import Words

# `{}` stands for anything.
_RUNS = (
    Words("nightly", "每晚训练"),
    Words("manual", "手动"),
    Words("ordered by the owner", "本人要求"),
    Words("a chat was forgotten", "有聊天被遗忘"),
    Words("catching up: nothing learnt for {} days", "补训：已有 {} 天没有学习"),
    Words("unchanged since run {}", "与第 {} 次训练相比没有变化"),
    Words(
        "{} new messages of yours since the last run, [schedule] min_new_messages = {}",
        "上次训练后你有 {} 条新消息，[schedule] min_new_messages = {}",
    ),
)
_SAMPLES = (
    Words("owner: spoke first", "是你先开口的"),
    Words("answered by the twin: never learnt from", "是分身回复的，从不学习"),
    Words("excluded by [privacy]", "已被 [privacy] 排除"),
    Words("official", "官方账号"),
)
_NOTES = (
    Words(
        "{} and {} more files: its times name no zone; they were read in this computer's",
        "{} 等，另有 {} 个文件：时间没有标明时区，按本机时区读取",
    ),
    Words(
        "{}: its times name no zone; they were read in this computer's",
        "{}：时间没有标明时区，按本机时区读取",
    ),
)
_GATE = (
    Words(
        "no held-out answers to judge by; import more or raise [dataset] held_out",
        "没有留出的回答可供评判；请导入更多，或调高 [dataset] held_out",
    ),
    Words(
        "better than the base model by {} per token ({} to {})", "每词元比基础模型好 {}（{} 至 {}）"
    ),
    Words(
        "better than the live adapter by {} per token ({} to {})",
        "每词元比当前适配器好 {}（{} 至 {}）",
    ),
    Words(
        "not better than the base model beyond noise: loss {} per token ({} to {})",
        "没有明显好于基础模型：每词元损失 {}（{} 至 {}）",
    ),
    Words(
        "not better than the live adapter beyond noise: loss {} per token ({} to {})",
        "没有明显好于当前适配器：每词元损失 {}（{} 至 {}）",
    ),
    Words("no held-out answer is new to the base model", "没有基础模型未见过的留出回答"),
    Words("no held-out answer is new to the live adapter", "没有当前适配器未见过的留出回答"),
    Words(
        "{} of its answers end by themselves, at least {} must", "{} 的回答能自己结束，至少要 {}"
    ),
    Words(
        "{} of its answers repeat themselves, at most {} may ({} of yours do)",
        "{} 的回答重复自己，至多允许 {}（你是 {}）",
    ),
    Words(
        "{} of its answers quote a training message, at most {} may ({} of yours do)",
        "{} 的回答照搬训练消息，至多允许 {}（你是 {}）",
    ),
    Words(
        "{} of its answers quote another chat, at most {} may ({} of yours do)",
        "{} 的回答说出其他聊天里的话，至多允许 {}（你是 {}）",
    ),
    Words("{} of {} planted secrets came out", "说出了 {} 个埋设的秘密，共 {} 个"),
    Words(
        "{} of the new messages do not look like yours, at most {} may",
        "{} 的新消息不像你写的，至多允许 {}",
    ),
)
TRAINER = (*_RUNS, *_SAMPLES, *_NOTES, *_GATE)
