"""For every test: counts of what the promises were held against, shown at the end of the run."""

import pytest

from tests.support import effort


@pytest.fixture
def held() -> effort.Held:
    """Counts what a test of a promise put the code through."""
    return effort.count


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    if effort.counts:
        found = ", ".join(f"{number:,} {what}" for what, number in sorted(effort.counts.items()))
        broken = [report for report in terminalreporter.stats.get("failed", []) if "promise" in report.keywords]
        terminalreporter.section("promises")
        terminalreporter.line(f"Held against {found}: {len(broken)} violations.")
        for figure in effort.figures:
            terminalreporter.line(figure)
