"""How well a classifier tells the twin's answers from its owner's. 0.5: not at all."""

from collections.abc import Sequence

from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import roc_auc_score
from sklearn.model_selection import StratifiedGroupKFold, cross_val_predict
from sklearn.pipeline import make_pipeline

FOLDS = 5


def detector_auc(twin: Sequence[str], owner: Sequence[str]) -> float | None:
    """ROC AUC over all folds; None with too few answers.

    Both answer the same messages in the same order, and both answers to a message are in the same
    fold: the classifier must know the writer, not the topic.
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
