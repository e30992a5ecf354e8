"""What is in the report, and that other people's words stay words."""

from collections.abc import Sequence
from dataclasses import replace
from html.parser import HTMLParser

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from tests.training.report.hostile import ANY_TEXT, TRICKS
from tests.training.report.made_up import LONG, Told, from_file, made_up
from training.evaluation.scores import AnswerExample, Evaluation, GateVerdict
from training.report.plots import Plot
from training.report.rendering import render_page
from training.report.run_report import render_markdown

TOLD = made_up()


class Reader(HTMLParser):
    """The tags of a page with everything that is in them, its cells and its text."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, Sequence[tuple[str, str | None]]]] = []
        self.cells: list[str] = []
        self.feed(page)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, attrs))
        if tag in ("td", "li"):
            self.cells.append("")

    def handle_endtag(self, tag: str) -> None:
        self.tags.append((f"/{tag}", ()))

    def handle_data(self, data: str) -> None:
        if self.cells:
            self.cells[-1] += data.strip("\n")


def page_of(told: Told) -> str:
    return render_page(render_markdown(told.run, told.evaluation, told.verdict), "Run 12")


def saying(text: str, model: str = "harmless") -> Told:
    """The same run, with this text wherever words of others or of settings stand.

    One of the models that are compared is called `model`.
    """
    run = replace(
        TOLD.run,
        adapter=text,
        reason=text,
        base_model=text,
        dataset={**TOLD.run.dataset, "file": text, "dropped": {text: 3}},
        result={**TOLD.run.result, "phases": {text: 1.0}},
    )
    answers = dict.fromkeys(("person", "base", "live", "candidate"), text)
    evaluation = replace(
        TOLD.evaluation,
        examples=[AnswerExample(text, answers)],
        scores=TOLD.evaluation.scores | {model: TOLD.evaluation.scores["base"]},
        against=TOLD.evaluation.against | {model: TOLD.evaluation.against["base"]},
    )
    return Told(run, evaluation, GateVerdict(False, [text, text]))


HARMLESS = Reader(page_of(saying("harmless")))


@pytest.mark.slow
@given(ANY_TEXT, st.sampled_from(TRICKS))
@example("".join(TRICKS), TRICKS[0])
@example("\n".join(TRICKS), TRICKS[0])
@example("", TRICKS[0])
def test_no_text_and_no_name_of_a_model_becomes_markup(text: str, model: str) -> None:
    assert Reader(page_of(saying(text, model))).tags == HARMLESS.tags


def test_the_name_of_a_model_is_on_the_page() -> None:
    assert "a-model" in page_of(saying("harmless", "a-model"))


@pytest.mark.parametrize("trick", TRICKS)
def test_tricks_are_read_as_they_were_written(trick: str) -> None:
    line = " ⏎ ".join(" ".join(part.split()) for part in trick.split("\n") if part.strip())
    assert Reader(page_of(saying(trick))).cells.count(line) >= 4


def test_the_page_allows_nothing_from_outside() -> None:
    policy = "default-src 'none'; img-src 'self' data:; style-src 'unsafe-inline'"
    meta = [("http-equiv", "Content-Security-Policy"), ("content", policy)]
    assert ("meta", meta) in HARMLESS.tags
    assert not {"script", "link", "a", "iframe"} & {tag for tag, _ in HARMLESS.tags}


@pytest.mark.parametrize(
    ("verdict", "heading"),
    [
        (GateVerdict(True, ["better"]), "# Run 12: the new adapter goes live"),
        (GateVerdict(False, ["worse"]), "# Run 12: the new adapter does not go live"),
        (None, "# Run 12: not judged"),
    ],
)
def test_the_heading_says_the_verdict(
    told: Told, verdict: GateVerdict | None, heading: str
) -> None:
    text = render_markdown(told.run, told.evaluation, verdict)
    assert text.splitlines()[0] == heading
    assert verdict is None or f"- {verdict.reasons[0]}\n" in text


def test_scores_stand_side_by_side_the_person_last(told: Told) -> None:
    first = {"person": told.evaluation.scores["person"]} | told.evaluation.scores
    text = render_markdown(told.run, replace(told.evaluation, scores=first), told.verdict)
    columns = "base | live | candidate | person | others | person again"
    assert f"| Score | {columns} | What is good |" in text
    assert "(AUC) | 0.970 | 0.680 | 0.610 | – | 0.880 | 0.500 | 0.5 is perfect |" in text


def test_a_live_adapter_and_ends_that_are_not_there_have_no_column(told: Told) -> None:
    scores = {name: told.evaluation.scores[name] for name in ("base", "candidate", "person")}
    older = replace(told.evaluation, scores=scores, ceiling={}, floor={})
    text = render_markdown(told.run, older, told.verdict)
    assert "| Score | base | candidate | person | What is good |" in text


def test_a_difference_is_only_called_one_when_its_interval_is_clear(told: Told) -> None:
    text = render_markdown(told.run, told.evaluation, told.verdict)
    assert "| base | −1.088 | −1.160 to −1.010 | the candidate is better |" in text
    assert "| live | −0.086 | −0.190 to +0.020 | no sure difference |" in text


def test_ten_conversations_the_real_answer_before_the_models(told: Told) -> None:
    text = render_markdown(told.run, told.evaluation, told.verdict)
    assert "### 10\n" in text
    assert "### 11\n" not in text
    assert "| friend | hey\\, are you coming tonight\\? |\n| person | ok |\n| base | so I" in text
    assert LONG not in text
    assert LONG[:390].replace(",", "\\,").replace(".", "\\.") in text


def test_every_message_is_accounted_for(told: Told) -> None:
    text = render_markdown(told.run, told.evaluation, told.verdict)
    assert "| dropped\\: friend\\: not answered | 1,200 | 19.3% |" in text
    assert "| all | 6,210 | 100.0% |" in text


def test_time_and_memory(told: Told) -> None:
    text = render_markdown(told.run, told.evaluation, told.verdict)
    for row in ("| Time\\: training | 5 min 01 s |", "second | 913 |", "memory | 2,210 MB |"):
        assert row in text.replace("Tokens per ", "")


def test_a_run_on_a_file_that_was_not_judged(told: Told) -> None:
    text = render_markdown(from_file(told), None, None)
    assert "al\\_paca\\.json" in text
    for absent in ("## Scores", "## Loss", "## Conversations", "| all |"):
        assert absent not in text


def test_no_held_out_answers_are_said_to_be_none(told: Told) -> None:
    empty = Evaluation(0, 0, told.evaluation.scores, {}, None, {})
    text = render_markdown(told.run, empty, told.verdict)
    assert "no held-out answers" in text
    assert "95%" not in text


def test_plots_are_shown_where_they_belong(told: Told) -> None:
    loss, places = Plot("loss.svg", "the loss"), Plot("places.svg", "near")
    plots = loss, places, [Plot("a.svg", "one"), Plot("b.svg", "two")]
    text = render_markdown(told.run, told.evaluation, told.verdict, *plots)
    assert "![the loss](loss.svg)" in text
    assert "![near](places.svg)" in text
    assert "![one](a.svg)\n![two](b.svg)\n" in text
