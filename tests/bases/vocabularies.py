"""Tiny tokenizers of the kinds that language models come with, trained on a few lines."""

from collections.abc import Sequence
from typing import Any

from tokenizers import (
    Regex,
    Tokenizer,
    decoders,
    models,
    normalizers,
    pre_tokenizers,
    trainers,
)
from transformers import PreTrainedTokenizerFast

TEXT = [
    "hello there, how are you?",
    "system user assistant",
    "see you tomorrow :)",
    "你好，在吗",
] * 10
# Of tiktoken's cl100k_base.
WORDS = (
    r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n]*|"
    r"\s*[\r\n]+|\s+(?!\S)|\s+"
)
SIZE = 320


def byte_bpe(special: Sequence[str]) -> Tokenizer:
    """As GPT-2, Qwen and Falcon have it."""
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    return _trained_on_bytes(tokenizer, special)


def tiktoken(special: Sequence[str]) -> Tokenizer:
    """As Llama 3 and GPT-OSS have it: words are split by an expression first."""
    tokenizer = Tokenizer(models.BPE(ignore_merges=True))
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence(
        [
            pre_tokenizers.Split(Regex(WORDS), "isolated"),
            pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False),
        ]
    )
    return _trained_on_bytes(tokenizer, special)


def _trained_on_bytes(tokenizer: Tokenizer, special: Sequence[str]) -> Tokenizer:
    tokenizer.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(
        vocab_size=SIZE,
        special_tokens=list(special),
        initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
        show_progress=False,
    )
    tokenizer.train_from_iterator(TEXT, trainer)
    return tokenizer


def sentencepiece_bpe(special: Sequence[str]) -> Tokenizer:
    """As Llama 2, Mistral and Gemma have it: blanks are ▁, unknown letters are bytes."""
    vocabulary = {token: at for at, token in enumerate([*special, *_bytes(), "▁"])}
    letters = sorted({letter for text in TEXT for letter in text.replace(" ", "▁")})
    for letter in letters:
        vocabulary.setdefault(letter, len(vocabulary))
    merges = [("h", "e"), ("▁", "y"), ("l", "l"), ("o", "u"), ("s", "e")]
    for left, right in merges:
        vocabulary.setdefault(left + right, len(vocabulary))
    tokenizer = Tokenizer(
        models.BPE(vocabulary, merges, unk_token=special[0], byte_fallback=True, fuse_unk=True)
    )
    tokenizer.normalizer = normalizers.Sequence(
        [normalizers.Prepend("▁"), normalizers.Replace(" ", "▁")]
    )
    return _with_blanks(tokenizer)


def unigram(special: Sequence[str]) -> Tokenizer:
    """As T5 and many Chinese models have it: the likeliest pieces, unknown letters are bytes."""
    letters = sorted({letter for text in TEXT for letter in text.replace(" ", "▁")} | {"▁"})
    pieces = [(token, 0.0) for token in [*special, *_bytes()]]
    pieces += [(letter, -5.0) for letter in letters]
    pieces += [("▁you", -3.0), ("▁tomorrow", -3.0), ("hello", -3.0)]
    tokenizer = Tokenizer(models.Unigram(pieces, unk_id=0, byte_fallback=True))
    tokenizer.pre_tokenizer = pre_tokenizers.Metaspace(prepend_scheme="never", split=False)
    return _with_blanks(tokenizer)


def wordpiece(special: Sequence[str]) -> Tokenizer:
    """As BERT has it: no blanks, no line ends, everything in lower case."""
    tokenizer = Tokenizer(models.WordPiece(unk_token=special[0]))
    tokenizer.normalizer = normalizers.BertNormalizer(lowercase=True)
    tokenizer.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    tokenizer.decoder = decoders.WordPiece()
    trainer = trainers.WordPieceTrainer(
        vocab_size=SIZE, special_tokens=list(special), show_progress=False
    )
    tokenizer.train_from_iterator(TEXT, trainer)
    return tokenizer


def _with_blanks(tokenizer: Tokenizer) -> Tokenizer:
    tokenizer.decoder = decoders.Sequence(
        [
            decoders.Replace("▁", " "),
            decoders.ByteFallback(),
            decoders.Fuse(),
            decoders.Strip(" ", 1, 0),
        ]
    )
    return tokenizer


def _bytes() -> list[str]:
    return [f"<0x{value:02X}>" for value in range(256)]


KINDS = {
    "byte BPE": byte_bpe,
    "tiktoken": tiktoken,
    "SentencePiece BPE": sentencepiece_bpe,
    "unigram": unigram,
    "WordPiece": wordpiece,
}


def tiny_tokenizer(kind: str, template: str | None, controls: Sequence[str] = ()) -> Any:
    """A tokenizer whose special tokens are `<unk>`, `<s>`, `</s>` and the `controls`."""
    tokenizer = PreTrainedTokenizerFast(
        tokenizer_object=KINDS[kind](["<unk>", "<s>", "</s>", *controls]),
        unk_token="<unk>",
        bos_token="<s>",
        eos_token="</s>",
        additional_special_tokens=list(controls),
    )
    tokenizer.chat_template = template
    return tokenizer
