from training.evaluation.comparison import LearntRuns

LONG = "i left the spare key under the third flower pot behind the shed"


def test_a_long_run_of_words_is_a_quote_whatever_stands_around_it() -> None:
    learnt = LearntRuns(["ok", LONG])
    assert learnt.is_quoted(f"well, {LONG.upper().lower()} you know")
    assert not learnt.is_quoted("i left the spare key at home")
    assert not learnt.is_quoted("ok")


def test_chinese_runs_count_by_characters() -> None:
    learnt = LearntRuns(["我把备用钥匙放在院子后面第三个花盆底下了"])
    assert learnt.is_quoted("嗯，我把备用钥匙放在院子后面第三个花盆底下了")
    assert not learnt.is_quoted("我把钥匙放在家里")
