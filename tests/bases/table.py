"""Write the table of the matrix into the docs: `python -m tests.bases.table`."""

import re
from pathlib import Path

from tests.bases.matrix import BASES, Base

ROOT = Path(__file__).parents[2]
BEGIN, END = "<!-- bases -->\n", "<!-- /bases -->"
TEMPLATES = {
    "CHATML": "ChatML",
    "LLAMA_2": "Llama 2",
    "LLAMA_3": "Llama 3",
    "GEMMA": "Gemma",
    "GEMMA_3_PARTS": "Gemma 3",
    "MISTRAL": "Mistral",
    "PHI": "Phi 3",
    "ZEPHYR": "Zephyr",
    "QWEN_3": "Qwen 3",
    "DEEPSEEK_R1": "DeepSeek R1",
    "HARMONY": "Harmony",
    "HUMAN": "Human: / Assistant:",
    "ALPACA": "Alpaca",
    "COMMAND_R": "Command R",
}
PAGES = {
    "docs/bases.md": {
        "head": (
            "family",
            "template",
            "tokenizer",
            "trains",
            "judged",
            "torch",
            "OpenVINO",
            "remark",
        ),
        "yes": "yes",
        "no": "no",
        "NONE": "none",
        "DROPS_SYSTEM": "drops the system text",
        "SYSTEM_AS_ASSISTANT": "system text as an answer",
        "refused": "refused: ",
    },
    "docs/bases.zh-CN.md": {
        "head": ("系列", "模板", "分词器", "训练", "评判", "torch", "OpenVINO", "说明"),
        "yes": "能",
        "no": "不能",
        "NONE": "没有",
        "DROPS_SYSTEM": "丢掉系统文字",
        "SYSTEM_AS_ASSISTANT": "系统文字当成回答",
        "refused": "拒绝：",
    },
}


def table(page: str) -> str:
    """The rows of all bases, in the language of that page."""
    words = PAGES[page]
    rows = [words["head"], ["---"] * len(words["head"])]
    rows += [_row(base, page) for base in BASES]
    return "".join(f"| {' | '.join(row)} |\n" for row in rows)


def _row(base: Base, page: str) -> list[str]:
    words = PAGES[page]
    template = str(words.get(base.template) or TEMPLATES[base.template])
    remark = base.remark[list(PAGES).index(page)]
    yes, no = str(words["yes"]), str(words["no"])
    works = no if base.refused else yes
    on_openvino = yes if base.openvino else no
    remark = f"{words['refused']}{remark}" if base.refused else remark
    return [base.family, template, base.tokenizer, works, works, works, on_openvino, remark]


def main() -> None:
    for page in PAGES:
        path = ROOT / page
        text = path.read_text(encoding="utf-8")
        written = BEGIN + table(page) + END
        path.write_text(re.sub(f"{BEGIN}.*?{END}", written, text, flags=re.S), encoding="utf-8")


if __name__ == "__main__":
    main()
