"""The other settings in Chinese, of how the twin lives: key → name and explanation."""

CHINESE: dict[str, tuple[str, str]] = {
    "paths.data": (
        "数据文件夹",
        "这个分身的一切都在这里：数据库、适配器、模型、训练记录。相对于设置文件。"
        "两个分身要用两个文件和两个文件夹。",
    ),
    "owner.name": ("你的名字", "朋友怎么称呼你。"),
    "owner.persona": (
        "人设",
        "训练和每次回复时，对话前告诉模型的话。除 {name} 外，还可以有 {friend}（聊天名称）、"
        "{note}（聊天的备注）和 {time}（几点，如 21:00）。其中内容未知的行会省略。"
        "每个样本都要为它付出词元。改了就要重新训练：适配器认的是训练时的话。",
    ),
    "model.base": (
        "基础模型",
        "随程序附带的模型名、本地文件夹、Hugging Face 编号，或“modelscope:编号”。"
        "默认的随安装附带，两个 CPU 核就能回复。",
    ),
    "model.dtype": (
        "数值精度",
        "auto、float32 或 bfloat16。auto：GPU 或 CPU 能直接计算 bfloat16 就用它，内存减半；"
        "否则用 float32，因为模拟的 bfloat16 更慢。",
    ),
    "model.runtime": (
        "回复用什么计算",
        "auto、torch 或 openvino。auto：模型在 CPU 上、又属于能交给 OpenVINO 的系列"
        "（Llama、Qwen2、Qwen3）时用它，因为回复快一倍，多个聊天同时回复时更快；"
        "否则用 torch。训练总是用 torch。",
    ),
    "model.prefix_cache_mb": (
        "前缀缓存（MB）",
        "OpenVINO 算过的提示保留多少兆字节，这样每条消息不必重新计算人设和历史。"
        "默认模型每个词元约占 0.02，大约够 35 个聊天。0：只留一批回复所需的。",
    ),
    "model.quantize": (
        "量化",
        "none 或 4bit：训练和回复都用 4 位（nf4）的基础模型，需要 CUDA 显卡和 bitsandbytes。"
        "内存约为四分之一，回复略差也更慢。",
    ),
    "model.unload_after_minutes": (
        "闲置多久后卸载（分钟）",
        "这么久没有请求，就把模型的内存还给系统；下一个请求会重新载入并等它。0：一直保留。",
    ),
    "model.device": (
        "设备",
        "auto、cpu、cuda、cuda:1 或 mps。auto：第一个 GPU，没有就用 CPU。",
    ),
    "model.trust_remote_code": (
        "运行模型自带的代码",
        "运行模型作者放在权重旁边的 Python 代码。默认关闭：它什么都能做。",
    ),
    "model.prompt": (
        "提示格式",
        "auto、chat（模型自己的对话模板）或 index（Index-1.9B-Chat）。"
        "auto：是这个模型就用 index，否则用 chat。",
    ),
    "import.max_bad_rows": (
        "允许的坏行数",
        "一个导出文件中读不了、可以略过的行数，每行都会列在报告里。"
        "更多说明文件损坏或格式不符，整个不导入。",
    ),
    "reply.quiet_seconds": ("等待静默（秒）", "这么久没有新消息，就算朋友说完了。"),
    "reply.cap_seconds": (
        "最长等待（秒）",
        "从第一条消息算起，到时即使还有新消息也会回复。",
    ),
    "reply.max_burst": ("连发上限（条）", "一串消息到这么多条就立即回复。"),
    "reply.max_tokens": ("回复长度（词元）", "超出就截断：聊天消息都不长。"),
    "reply.temperature": ("温度", "0 总选最可能的词元，会重复自己；大于 1 会变成胡话。"),
    "reply.top_p": ("top-p", "只从累计概率到此为止的词元里选，去掉不太可能的。"),
    "reply.context_tokens": ("提示长度（词元）", "为不超出它，较早的对话整轮省略。"),
    "reply.chars_per_second": ("打字速度（字符/秒）", "按这个速度分条发送，像真人打字。"),
    "reply.max_batch": ("同时回复的聊天数", "越多越占内存。"),
    "reply.answer_after_restart_minutes": (
        "启动后补答（分钟）",
        "启动后，对还没处理、且不早于这么多分钟的消息作答。",
    ),
    "reply.disclose": (
        "说明是 AI",
        "daily：每个聊天每天第一次回复时说明；always：每次都说明；never：不说明。"
        "网页自身已有说明的地方不再添加。",
    ),
    "reply.disclosure": ("说明文字", "{name} 是 [owner] name。"),
    "policy.quiet_hours": (
        "免打扰时间",
        "HH:MM-HH:MM，按 [schedule] timezone 的时区。这段时间只准备草稿，不发送。留空：没有。",
    ),
    "policy.max_per_chat_hour": (
        "每聊天每小时最多回复",
        "再多就像机器，账号可能被封。",
    ),
    "policy.max_per_day": ("24 小时最多回复", "所有聊天合计。再多就像机器，账号可能被封。"),
    "policy.takeover_minutes": ("接管时长（分钟）", "你自己在聊天里发言后，分身在那里沉默这么久。"),
    "policy.loop_replies": (
        "识别机器人的次数",
        "这么多次在几秒内就有答复，或一直是同样的话，说明对方也是机器人：分身在那里停一小时。",
    ),
    "policy.guard": (
        "安全守卫",
        "涉及钱、验证码、密码、身份、紧急情况和威胁的消息等你处理，分身不回复。",
    ),
    "policy.dry_run": ("试运行", "照常决定、照常写，但什么都不发：看看分身会说什么。"),
    "schedule.enabled": ("夜间训练", "机器人运行时，每晚训练。"),
    "schedule.retrain_at": ("开始时间", "HH:MM。"),
    "schedule.timezone": ("时区", "名称，例如 Asia/Shanghai。留空：本机的时区。"),
    "schedule.window_hours": (
        "允许开始的时长（小时）",
        "到时机器在睡眠或关着，之后这么久以内仍可开始。",
    ),
    "schedule.days_off": ("不训练的日子", "当晚不训练的星期，例如 sat、sun。"),
    "schedule.min_new_messages": (
        "最少新消息数",
        "自上次训练以来你的新消息更少，当晚就跳过。",
    ),
    "schedule.catch_up_days": (
        "补训天数",
        "这么多天没有完成训练，就在任何时间开始一次：为晚上从不开机的电脑。0：不补。",
    ),
    "schedule.timeout_hours": ("最长训练时间（小时）", "超过就停止。"),
    "schedule.silent_minutes": ("无动静时限（分钟）", "训练这么久没有动静，就算卡住并停止。"),
    "schedule.make_room": (
        "训练时让出 GPU",
        "cpu：训练时改用处理器回复；pause：让朋友等待；none：共用 GPU。没有 GPU 时不起作用。",
    ),
    "web.enabled": (
        "网页",
        "朋友给分身写信的网页，每人一个秘密链接（`bot.py invite NAME`），以及你的页面。",
    ),
    "web.host": (
        "监听地址",
        "127.0.0.1：仅本机。0.0.0.0：网络里有链接的人都能用；"
        "你自己的页面要先设密码（`bot.py password`）。",
    ),
    "web.port": ("端口", "网页所用的端口号。"),
    "web.names": (
        "域名",
        "经由代理或网络时，浏览器用来访问机器人的名称，例如 twin.example.org。"
        "其他名称会被拒绝；IP 地址、localhost 和 [web] host 总是可用。",
    ),
    "web.rate_per_minute": (
        "每分钟消息数",
        "一位朋友每分钟最多发这么多条，再多就拒绝，以免一个链接占用全部资源。",
    ),
    "web.max_chars": ("消息最长字符数", "更长的消息会被拒绝。"),
    "web.dashboard": ("你的页面", "查看分身在做什么，并控制一切的页面。"),
    "web.session_hours": ("登录有效期（小时）", "这么久没有访问，就要重新登录。"),
    "api.enabled": (
        "接口",
        "供 OpenAI 客户端使用的 /v1 和供你的程序使用的 /api，地址与网页相同。"
        "没有密钥谁也进不来；密钥要你自己创建：`bot.py keys create NAME`。见 docs/api.zh-CN.md。",
    ),
    "api.requests_per_minute": ("每分钟请求数", "每个密钥的上限，再多会被要求稍后再来。"),
    "api.max_concurrent": ("同时请求数", "每个密钥的上限，再多会被要求稍后再来。"),
    "api.max_body_kb": ("请求大小（KB）", "单个请求的上限。"),
    "api.max_tokens": (
        "回答长度（词元）",
        "无论怎么要求，接口的回答都不会更长：其间朋友在等待。",
    ),
    "api.timeout_seconds": ("超时（秒）", "到时还没有回答，就放弃。"),
    "api.other_models": (
        "提供其他模型",
        "基础模型和较早的适配器是否也能回答。被问到时才加载其中一个，"
        "占用的内存与当前的一样多，五分钟后释放。",
    ),
    "console.enabled": ("终端聊天", "在机器人自己的终端里与它对话。"),
    "connectors.wechaty.enabled": (
        "连接微信",
        "通过 wechaty 网关连接微信（或网关支持的其他平台）：见 docs/wechat.zh-CN.md。",
    ),
    "connectors.wechaty.endpoint": ("网关地址", "网关的“主机:端口”。"),
    "connectors.wechaty.token": (
        "网关令牌",
        "最好放在环境变量 TWIN_WECHATY_TOKEN 里。",
    ),
    "connectors.wechaty.watchdog_seconds": (
        "断线判定（秒）",
        "这么久没有任何事件（包括网关的心跳），就算断线并重新连接。",
    ),
    "connectors.wechaty.media_mb": (
        "媒体大小上限（MB）",
        "更大的图片、语音和文件只记下，不下载。0：都不下载。",
    ),
}
