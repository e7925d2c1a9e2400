"""Simple runs are written without the parser's help, and are shown as if it had been asked."""

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from chat.history.importers.text import runs as runs_module
from chat.history.importers.text.calm import calm_markdown
from chat.history.importers.text.runs import Run, inline
from chat.text.markup import render
from tests.support.effort import effort

texts = st.lists(st.sampled_from(["a", "bc", "1", "2.", "é", "我", " ", " ", ",", ".", "'", "(", ")", "!"]), max_size=4)
styles = st.sampled_from(
    [{}, {}, {"bold": True}, {"italic": True}, {"strike": True}, {"code": True}, {"link": "https://x.example/a_b"}]
)
raws = st.sampled_from(
    [Run("@ada", raw=True), Run('@"Ada Lovelace"', raw=True), Run("https://x.example/a_b", raw=True)]
)
run_lists = st.lists(st.builds(lambda text, style: Run("".join(text), **style), texts, styles) | raws, max_size=5)


@given(run_lists)
@example([Run("a "), Run("b", bold=True), Run(" c "), Run("d", code=True)])
@example([Run("see "), Run("there", link="https://x.example"), Run(", "), Run("@ada", raw=True)])
@example([Run("1. a "), Run("b", italic=True)])
@settings(max_examples=effort(100, torture=20_000), deadline=None)
def test_simple_runs_are_shown_as_the_careful_writer_shows_them(runs: list[Run]) -> None:
    simple = calm_markdown([run for run in runs if run.text or run.link])
    if simple is not None:
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(runs_module, "calm_markdown", lambda given: None)
            assert render(simple) == render(inline(runs))


def test_most_styled_messages_are_simple() -> None:
    assert calm_markdown([Run("so", bold=True), Run(" it "), Run("x = *y*", code=True)]) == "**so** it `x = *y*`"


@pytest.mark.parametrize(
    "runs",
    [
        [Run("a"), Run("b", bold=True)],
        [Run("b", bold=True), Run("a")],
        [Run(" b", bold=True)],
        [Run("a_b")],
        [Run("- a")],
        [Run("a\nb")],
        [Run("b", bold=True, italic=True)],
        [Run("a`b", code=True)],
        [Run("x.example", link="https://y.example/(a")],
    ],
)
def test_others_are_left_to_the_careful_writer(runs: list[Run]) -> None:
    assert calm_markdown(runs) is None
