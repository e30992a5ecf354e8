"""Take the names of the owner and of those they write with out of what goes to another machine."""

import re
from collections.abc import Iterable
from dataclasses import replace
from functools import lru_cache
from unicodedata import category, normalize

from sqlite_utils import Database

from training.dataset.samples import Sample
from twin.config.schema import Config
from twin.privacy.masker import Masker

NAME = "[NAME]"
# Written without blanks between words, or with endings: a name is looked for anywhere in a word.
_JOINED = (
    r"\u0e00-\u0fff\u1000-\u11ff\u1780-\u17ff\u3040-\u30ff\u3130-\u318f\u3400-\u9fff"
    r"\uac00-\ud7af\uf900-\ufaff"
)
# Of the letter before them: vowels of Indian scripts, accents written as signs of their own.
_MARKS = "".join(sign for sign in map(chr, range(0x10000)) if category(sign)[0] == "M")
_WORD = re.compile(rf"[^\W\d_{_JOINED}](?:[^\W\d_{_JOINED}]|[{_MARKS}])*")
_RUN = re.compile(rf"[{_JOINED}]+")
_LEAST = 2  # letters: one alone is no name that could be told from a word
# In names and everywhere else; without them little would be left of any text.
_LITTLE_WORDS = frozenset(
    word
    for line in (
        "a an and at for from i in is it me my no of on or our the to we with y you your",
        "al bin das de del den der di die do el ibn la le les und van von",  # within names
    )
    for word in line.split()
)
_SURNAMES = frozenset(
    "王李张刘陈杨黄赵吴周徐孙马朱胡郭何高林罗郑梁谢宋唐许邓冯韩曹曾彭萧蔡潘田董袁于余叶蒋"
    "杜苏魏程吕丁沈任姚卢傅钟姜崔谭廖范汪陆金石戴贾韦夏邱方侯邹熊孟秦白江阎薛尹段雷黎史龙"
    "贺陶顾毛郝龚邵万钱严赖覃洪武莫孔"
)


def known_names(db: Database, config: Config) -> list[str]:
    """The owner's name, those of friends' chats and of everybody who wrote in any chat."""
    rows = db.execute(
        "SELECT name FROM chats WHERE kind = 'direct' UNION SELECT name FROM contacts"
    )
    return [config.owner.name, *(name for (name,) in rows if name)]


class NameMask:
    """Replaces each word of a name, in upper or lower case, and private values besides."""

    def __init__(self, names: Iterable[str]) -> None:
        self._words: set[str] = set()
        runs: set[str] = set()
        for name in names:
            self._words.update(map(_form, _WORD.findall(name)))
            runs.update(
                part for run in _RUN.findall(normalize("NFC", name)) for part in _parts(run)
            )
        self._words = {word for word in self._words if _is_name(word)}
        whole = [run for run in runs if len(run) >= _LEAST]
        written = {normalize(form, run) for run in whole for form in ("NFC", "NFD")}
        self._runs = sorted(written, key=len, reverse=True)
        self.mask = lru_cache(maxsize=None)(self._mask)  # histories repeat what was said

    def samples(self, samples: Iterable[Sample]) -> list[Sample]:
        """Those whose answer names nobody: from the others the placeholder would be learnt."""
        masked = [(each, self._sample(each)) for each in samples]
        return [new for old, new in masked if NAME in old.output or NAME not in new.output]

    def _sample(self, sample: Sample) -> Sample:
        return replace(
            sample,
            instruction=self.mask(sample.instruction),
            input=self.mask(sample.input),
            output=self.mask(sample.output),
            history=tuple((self.mask(one), self.mask(other)) for one, other in sample.history),
            memory=self.mask(sample.memory),
        )

    def _mask(self, text: str) -> str:
        text = _WORD.sub(lambda word: NAME if _form(word[0]) in self._words else word[0], text)
        for run in self._runs:
            if run in text:
                text = text.replace(run, NAME)
        # Samples of a file were never masked, nor those of an owner who masks none.
        return Masker().mask(text)


def _form(word: str) -> str:
    return normalize("NFKC", word).casefold()


def _is_name(word: str) -> bool:
    return len(word) >= _LEAST and word not in _LITTLE_WORDS


def _parts(run: str) -> tuple[str, ...]:
    """A name as it is written, and of a Chinese one with a surname the rest, as friends say it."""
    return (run, run[1:]) if len(run) == 3 and run[0] in _SURNAMES else (run,)
