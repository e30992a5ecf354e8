"""Which tiny bases go the whole way: trained, judged, promoted, swapped in, answering."""

from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True)
class Base:
    """One checkpoint and what is expected of it.

    `refused`: words of the line with which it is refused before anything is trained. `remark` in
    English and Chinese.
    """

    family: str
    template: str
    tokenizer: str
    openvino: bool = False
    refused: str = ""
    remark: tuple[str, str] = ("", "")
    more: dict[str, Any] = field(default_factory=dict)

    @property
    def name(self) -> str:
        return f"{self.family}-{self.template}-{self.tokenizer}".replace(" ", "-")


SP = "SentencePiece BPE"
FOLDED = ("the persona goes before the first message", "人设放在第一条消息前面")
ALL_LAYERS = ("all its linear layers are trained", "训练它所有的线性层")
ATTENTION = ("its experts are not trained", "不训练它的专家层")
CLOSED = ("its thought is closed", "思考部分直接结束")
DEFAULT = ("no template: the default one", "没有模板：用默认的")
PADDED = ("it can't leave out the padding of a batch", "不会跳过一批里的填充")
AHEAD = ("it reads what comes after a word", "它会看到后面的词")
PLAIN = ("replies end at its plain marks", "回复到它的纯文字标记为止")

BASES = (
    Base("llama", "CHATML", "byte BPE", openvino=True),
    Base("llama", "LLAMA_2", SP, openvino=True, remark=PLAIN),
    Base("llama", "LLAMA_3", "tiktoken", openvino=True),
    Base("llama", "SYSTEM_AS_ASSISTANT", "WordPiece", openvino=True, remark=FOLDED),
    Base("mistral", "MISTRAL", SP, openvino=True, remark=FOLDED),
    Base("mistral", "ZEPHYR", "unigram", openvino=True, remark=PLAIN),
    Base("gemma", "GEMMA", SP, openvino=True, remark=FOLDED),
    Base("gemma2", "GEMMA", "unigram", remark=FOLDED),
    Base("gemma3_text", "GEMMA_3_PARTS", SP, openvino=True, remark=FOLDED),
    Base(
        "gemma3",
        "GEMMA_3_PARTS",
        SP,
        remark=("it reads pictures, which are not used", "它能看图，这里用不到"),
    ),
    Base("phi", "NONE", "byte BPE", remark=DEFAULT),
    Base("phi3", "PHI", SP, openvino=True, remark=ALL_LAYERS),
    Base("qwen2", "CHATML", "byte BPE", openvino=True, more={"tie_word_embeddings": True}),
    Base("qwen2", "DEEPSEEK_R1", "tiktoken", openvino=True, remark=CLOSED),
    Base("qwen3", "QWEN_3", "byte BPE", openvino=True, remark=CLOSED),
    Base("qwen2_moe", "DROPS_SYSTEM", "byte BPE", remark=ATTENTION),
    Base("qwen3_moe", "QWEN_3", "tiktoken", remark=ATTENTION),
    Base("mixtral", "MISTRAL", SP, remark=ATTENTION),
    Base("deepseek_v3", "DEEPSEEK_R1", "tiktoken", remark=ATTENTION),
    Base(
        "gpt_oss",
        "HARMONY",
        "tiktoken",
        remark=("answers in its final channel", "在 final 频道回答"),
    ),
    Base("gpt2", "NONE", "byte BPE", remark=DEFAULT),
    Base("gpt_neox", "HUMAN", "byte BPE", remark=PLAIN),
    Base("gptj", "ALPACA", "byte BPE", remark=PLAIN),
    Base("opt", "ALPACA", "byte BPE", remark=PLAIN),
    Base("bloom", "HUMAN", "unigram", remark=PLAIN),
    Base("falcon", "HUMAN", "byte BPE", remark=PLAIN),
    Base("starcoder2", "CHATML", "byte BPE", remark=ALL_LAYERS),
    Base("stablelm", "ZEPHYR", "byte BPE", remark=PLAIN),
    Base("olmo2", "ZEPHYR", "tiktoken", remark=PLAIN),
    Base("cohere", "COMMAND_R", "byte BPE"),
    Base("granite", "CHATML", "byte BPE", openvino=True),
    Base("smollm3", "QWEN_3", "tiktoken", openvino=True, remark=CLOSED),
    Base("lfm2", "CHATML", "byte BPE", remark=ALL_LAYERS),
    Base("mamba", "NONE", "byte BPE", remark=DEFAULT),
    Base("rwkv", "NONE", "byte BPE", refused="differently in a batch", remark=PADDED),
    Base("bert", "CHATML", "WordPiece", refused="reads what comes after", remark=AHEAD),
    Base(
        *("llama", "CHATML", "unigram"),
        refused="reads 512 tokens at most",
        remark=("512 positions, with the usual settings", "只有 512 个位置，设置不变时"),
        more={"max_position_embeddings": 512},
    ),
    Base(
        *("llama", "CHATML", SP),
        refused="its tokenizer writes tokens up to",
        remark=("fewer embeddings than tokens", "嵌入比词元少"),
        more={"vocab_size": 280},
    ),
)
