"""Compare how two people write: figures, how far they are apart, and a classifier's guess."""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence

import numpy as np
import regex
from scipy.spatial.distance import jensenshannon
from scipy.stats import ks_2samp
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import roc_auc_score
from sklearn.model_selection import StratifiedGroupKFold, cross_val_predict
from sklearn.pipeline import make_pipeline

from storage.plain_text import is_visible, plain

# WeChat's own emoji are words in brackets, as in [捂脸] and [Smile].
EMOJI = regex.compile(r"\p{Emoji_Presentation}|\p{Extended_Pictographic}|\[[\p{L}]{1,8}\]")
MARK = regex.compile(r"[\p{P}\p{S}]")
OPENING = regex.compile(r"(?:^|[.!?\n]\s{0,20})(\p{Lu}|\p{Ll})")
UNHEARD = regex.compile(r"[^\p{L}\p{N}]")
NONE = ""
FOLDS = 5


def length_distance(mine: Sequence[str], theirs: Sequence[str]) -> float:
    """Kolmogorov-Smirnov of the answers' lengths in characters."""
    return _ks([len(text) for text in mine], [len(text) for text in theirs])


def pieces_distance(mine: Sequence[str], theirs: Sequence[str]) -> float:
    """Kolmogorov-Smirnov of the number of messages that an answer is sent in."""
    return _ks([pieces(text) for text in mine], [pieces(text) for text in theirs])


def punctuation_distance(mine: Sequence[str], theirs: Sequence[str]) -> float:
    """Jensen-Shannon of the marks, a line that ends without one counting as a mark too."""
    return _js(marks(mine), marks(theirs))


def emoji_distance(mine: Sequence[str], theirs: Sequence[str]) -> float:
    """Jensen-Shannon of the emoji, an answer without any counting as one."""
    return _js(emoji(mine), emoji(theirs))


def case_distance(mine: Sequence[str], theirs: Sequence[str]) -> float | None:
    """Difference of the shares of sentences that begin in lower case; None where no case is."""
    a, b = lower_case_share(mine), lower_case_share(theirs)
    return None if a is None or b is None else abs(a - b)


def detector_auc(twin: Sequence[str], owner: Sequence[str]) -> float | None:
    """How well a classifier tells the twin's answers from the owner's: ROC AUC over all folds.

    0.5: not at all. None with too few answers. Both answer the same messages in the same order,
    and both answers to a message are in the same fold: the classifier must know the writer, not the
    topic. A classifier two-sample test (Lopez-Paz and Oquab 2017, arXiv:1610.06545).
    """
    if len(twin) != len(owner) or len(twin) < 2 * FOLDS:
        return None
    texts, labels = [*twin, *owner], [1] * len(twin) + [0] * len(owner)
    classifier = make_pipeline(
        TfidfVectorizer(analyzer="char", ngram_range=(1, 4), lowercase=False, sublinear_tf=True),
        LogisticRegression(C=10.0, max_iter=1000),
    )
    folds = StratifiedGroupKFold(FOLDS, shuffle=True, random_state=0)
    groups = [*range(len(twin)), *range(len(owner))]
    guesses = cross_val_predict(
        classifier, texts, labels, cv=folds, groups=groups, method="decision_function"
    )
    return float(roc_auc_score(labels, guesses))


# How two writers are compared, by field of Scores.
COMPARISONS: Mapping[str, Callable[[Sequence[str], Sequence[str]], float | None]] = {
    "length_distance": length_distance,
    "pieces_distance": pieces_distance,
    "punctuation_distance": punctuation_distance,
    "emoji_distance": emoji_distance,
    "case_distance": case_distance,
    "detector": detector_auc,
}


def empty_share(texts: Sequence[str]) -> float:
    """Of the answers that hold nothing to be seen."""
    return sum(not is_visible(text) for text in texts) / max(len(texts), 1)


def alike_share(texts: Sequence[str]) -> float:
    """Of the answers that another answer equals but for case, blanks and punctuation."""
    found = Counter(heard(text) for text in texts)
    return sum(count for count in found.values() if count > 1) / max(len(texts), 1)


def heard(text: str) -> str:
    """The text without case, blanks and punctuation; where nothing else is in it, as it is."""
    return UNHEARD.sub("", plain(text)).casefold() or plain(text)


def pieces(text: str) -> int:
    """How many messages an answer is sent in."""
    return sum(bool(line.strip()) for line in text.splitlines())


def marks(texts: Sequence[str]) -> Counter[str]:
    """Punctuation marks and symbols, NONE for a line that ends without one."""
    found: Counter[str] = Counter()
    for text in texts:
        plain = EMOJI.sub("", text)
        found.update(MARK.findall(plain))
        lines = [line.strip() for line in plain.splitlines()]
        found[NONE] += sum(bool(line) and not MARK.match(line[-1]) for line in lines)
    return found


def emoji(texts: Sequence[str]) -> Counter[str]:
    """Emoji, NONE for a text without any."""
    found: Counter[str] = Counter()
    for text in texts:
        found.update(EMOJI.findall(text) or [NONE])
    return found


def lower_case_share(texts: Sequence[str]) -> float | None:
    """Of the sentences that begin with a letter that has a case."""
    openings = [letter for text in texts for letter in OPENING.findall(text)]
    return sum(letter.islower() for letter in openings) / len(openings) if openings else None


def _ks(mine: Sequence[int], theirs: Sequence[int]) -> float:
    """The largest gap between the two distribution functions."""
    if not mine or not theirs:
        return float(bool(mine) != bool(theirs))
    # Only the p-value, which nobody asks for, is approximate, and undefined for two single answers.
    with np.errstate(divide="ignore", invalid="ignore"):
        return float(ks_2samp(mine, theirs, method="asymp").statistic)


def _js(mine: Counter[str], theirs: Counter[str]) -> float:
    """The square root of the Jensen-Shannon divergence in bits (Lin 1991)."""
    keys = sorted(mine | theirs)
    if not mine.total() or not theirs.total():
        return float(mine.total() != theirs.total())
    return float(jensenshannon([mine[k] for k in keys], [theirs[k] for k in keys], base=2))
