"""For every test: counts of the attempts to break the promises, printed at the end of the run."""

import hypothesis
import pytest

from tests.support import effort

hypothesis.settings.register_profile("chatsite", deadline=None)  # a timing never decides a test
hypothesis.settings.load_profile("chatsite")


@pytest.fixture
def tally() -> effort.Tally:
    """Counts the attempts of a test to break a promise."""
    return effort.tally


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    if effort.counts:
        attempts = ", ".join(f"{number:,} {what}" for what, number in sorted(effort.counts.items()))
        broken = [report for report in terminalreporter.stats.get("failed", []) if "promise" in report.keywords]
        terminalreporter.section("promises")
        terminalreporter.line(f"Tried {attempts}: {len(broken)} violations.")
        for measurement in effort.measurements:
            terminalreporter.line(measurement)
