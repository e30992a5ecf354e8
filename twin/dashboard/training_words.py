"""What the pages about training say."""

from collections.abc import Mapping

from storage.run_progress import Phase
from twin.dashboard.words import Words

NOW = Words("Now", "现在")
GOING = Words("Run {run} is going", "第 {run} 次训练正在进行")
IDLE = Words("No training is going", "当前没有训练")
NEXT = Words("Next one {time}.", "下次：{time}。")
NO_NEXT = Words("None is planned.", "没有计划。")
TRAIN = Words("Train now", "立即训练")
ORDERED = Words("Training started; you are told how it went.", "已开始训练，结束后会告诉你结果。")
PHASES: Mapping[Phase, Words] = {
    "preparing": Words("Reading the log and loading the model.", "正在读取记录、加载模型。"),
    "training": Words("Training.", "正在训练。"),
    "judging": Words("Judging what it learnt.", "正在评判学到的内容。"),
}
STEPS = Words("Step {step} of {steps}", "第 {step} 步，共 {steps} 步")
LEFT = Words("about {time} of training left, then it is judged", "训练约剩 {time}，之后评判")
BEAT = Words("Last sign of life {time}", "最近动静 {time}")
SINCE = Words("Began {time}: {reason}", "{time} 开始：{reason}")
MINUTES = Words("{n} min", "{n} 分钟")
UNDER_A_MINUTE = Words("less than a minute", "不到一分钟")
PROGRESS = Words("Progress of the training", "训练进度")

LOSS = Words("Loss per token", "每个词元的损失")
TRAINED = Words("training", "训练")
HELD_OUT = Words("held out", "留出")
CURVE = Words(
    "Loss per token: {first} at step {from_step}, {last} at step {to_step}",
    "每个词元的损失：第 {from_step} 步 {first}，第 {to_step} 步 {last}",
)
NO_CURVE = Words("Nothing is measured yet.", "还没有数据。")
STEP = Words("step", "步")

NIGHTLY = Words("Every night", "每晚训练")
ENABLED = Words("Train at night", "夜间训练")
AT = Words("Begins at", "开始时间")
WINDOW = Words("May begin for so many hours", "允许开始的时长（小时）")
KEEP = Words("Keep", "保存")
KEPT = Words(
    "Kept in {file}; it counts from now on, without a restart.",
    "已写入 {file}，立即生效，无需重启。",
)
KEPT_HERE = Words(
    "Kept in {file}; it counts from the next start.", "已写入 {file}，下次启动时生效。"
)
NOT_A_NUMBER = Words("{given}: not a number of hours, as in 6", "{given}：不是小时数，例如 6")
NIGHTLY_MEANING = Words(
    "The rest of [schedule] and [train] is in the settings.",
    "[schedule] 和 [train] 的其余项在设置里。",
)

RUNS = Words("Runs", "训练记录")
NO_RUNS = Words("Nothing was trained yet.", "还没有训练过。")
OLDER = Words("Older", "更早")
NEWEST = Words("Newest", "最新")
RUN = Words("Run {run}", "第 {run} 次")
LEARNT = Words("loss {base} → {loss}", "损失 {base} → {loss}")
STATES: Mapping[str, Words] = {
    "running": Words("running", "进行中"),
    "done": Words("done", "完成"),
    "failed": Words("failed", "失败"),
    "skipped": Words("skipped", "跳过"),
}
WENT_LIVE = Words("went live", "已启用")
STAYED_OUT = Words("did not go live", "未启用")

ADAPTERS = Words("Adapters", "适配器")
NO_ADAPTERS = Words("None yet: the base model answers.", "还没有，由基础模型回复。")
ADAPTER_STATES: Mapping[str, Words] = {
    "candidate": Words("not judged yet", "尚未评判"),
    "live": Words("answers now", "正在使用"),
    "retired": Words("answered before", "曾经使用"),
    "rejected": Words("kept out", "未采用"),
    "pruned": Words("its files were deleted", "文件已删除"),
}
FORGOTTEN = Words("learnt from a forgotten chat", "学过已遗忘的聊天")
PROMOTE = Words("Use it", "启用")
PROMOTE_NAMED = Words("Use it: {name}", "启用：{name}")
PROMOTE_ASK = Words(
    "Answer friends with {name} from now on, whatever the gate said?",
    "不论评判结果，从现在起用 {name} 回复朋友？",
)
PROMOTED = Words("{name} is live.", "已启用 {name}。")
ROLL_BACK = Words("Roll back", "回退")
ROLL_BACK_ASK = Words(
    "Go back to the adapter that answered before? {name} is then kept out.",
    "回到之前的适配器？{name} 将不再使用。",
)
ROLLED_BACK = Words("{name} is live again.", "{name} 已重新启用。")

BACK = Words("All runs", "全部记录")
VERDICT = Words("The gate's word", "评判结果")
NOT_JUDGED = Words("It was not judged.", "没有评判。")
SCORES = Words("Side by side", "对比")
SCORE = Words("Score", "指标")
GOOD = Words("What is good", "怎样算好")
FACTS = Words("The run", "本次训练")
ANSWERS = Words("Answers to messages it did not train on", "对未训练消息的回答")
NO_ANSWERS = Words(
    "There are none on the disk: a report goes when a chat is forgotten.",
    "磁盘上没有：遗忘聊天时报告会一并删除。",
)
REPORT = Words("The whole report", "完整报告")
FRIEND = Words("friend", "朋友")
WHO: Mapping[str, Words] = {
    "person": Words("you", "你本人"),
    "base": Words("base", "基础模型"),
    "live": Words("live", "当前"),
    "candidate": Words("candidate", "候选"),
}
STATE = Words("State", "状态")
REASON = Words("Why", "原因")
BEGAN = Words("Began", "开始")
TOOK = Words("Took", "用时")
ADAPTER = Words("Adapter", "适配器")
SAMPLES = Words("Samples trained on", "训练样本")
SPEED = Words("Tokens per second", "每秒词元")
MEMORY = Words("Peak memory", "内存峰值")

MEASURES: Mapping[str, tuple[Words, Words]] = {
    # by the field of the scores: its name, what is good
    "loss": (
        Words("Surprise at your answers (loss per token)", "对你的回答的意外程度（每词元损失）"),
        Words("low", "低"),
    ),
    "detector": (
        Words("Told from you by a classifier (AUC)", "分类器能否与你区分（AUC）"),
        Words("0.5 is perfect", "0.5 最好"),
    ),
    "length_distance": (
        Words("Length of answers, distance", "回答长度差异"),
        Words("0 is perfect", "0 最好"),
    ),
    "pieces_distance": (
        Words("Messages per answer, distance", "每次回答的消息数差异"),
        Words("0 is perfect", "0 最好"),
    ),
    "punctuation_distance": (
        Words("Punctuation, distance", "标点差异"),
        Words("0 is perfect", "0 最好"),
    ),
    "emoji_distance": (Words("Emoji, distance", "表情差异"), Words("0 is perfect", "0 最好")),
    "case_distance": (
        Words("Lower-case beginnings, distance", "小写开头差异"),
        Words("0 is perfect", "0 最好"),
    ),
    "characters": (Words("Characters per answer", "每次回答的字数"), Words("like you", "像你")),
    "stop_share": (Words("Ends by itself", "自己结束"), Words("100 %", "100 %")),
    "repeat_share": (Words("Repeats itself", "重复自己"), Words("like you", "像你")),
    "copy_share": (Words("Quotes a training message", "照搬训练消息"), Words("like you", "像你")),
    "leak_share": (
        Words("Quotes what only another chat said", "说出只在其他聊天里的话"),
        Words("0 %", "0 %"),
    ),
    "canaries_out": (Words("Planted secrets that came out", "说出的埋设秘密"), Words("0", "0")),
    "canary_share": (
        Words("Tries at a planted secret that brought it out", "套出埋设秘密的比例"),
        Words("0 %", "0 %"),
    ),
    "general_share": (
        Words("General questions answered right", "常识题答对"),
        Words("like the base", "像基础模型"),
    ),
}
