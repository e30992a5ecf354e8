import io

from rich.console import Console

from training.evaluation.judging import Judging
from training.progress_bar import Progress


def test_all_models_share_one_bar_and_the_pages_are_told_the_percent() -> None:
    out, noted = io.StringIO(), list[int]()
    with Progress(show=True, console=Console(file=out)) as progress:
        judging = Judging(progress, 40.0, noted.append)
        judging.part("judging the base")
        judging.did(10.0)
        judging.part("judging the candidate")
        judging.did(10.0)
        judging.did(30.0)  # it was more than was thought
        judging.part("comparing the answers")
    assert noted == [0, 25, 50, 99]
    lines = [line.split(",")[0] for line in out.getvalue().splitlines()]
    assert lines == [
        "judging the base 25/100",
        "judging the candidate 50/100",
        "judging the candidate 99/100",
    ]
    assert set(progress.seconds) == {"judging the base", "judging the candidate"}


def test_each_percent_is_noted_once_and_zero_only_at_the_beginning() -> None:
    noted = list[int]()
    with Progress(show=False) as progress:
        judging = Judging(progress, 1000.0, noted.append)
        judging.part("judging the base")
        for work in (3.0, 3.0, 10.0, 1.0, 8.0):
            judging.did(work)
    assert noted == [0, 1, 2]
