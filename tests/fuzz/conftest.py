"""How many cases the fuzzer tries: few and always the same ones, or thousands."""

# SPDX-License-Identifier: BSD-3-Clause

import os
import warnings
from collections import Counter

import pytest
from hypothesis import HealthCheck, settings

from tests.fuzz._tally import tally

COMMON = {
    "deadline": None,
    "database": None,
    "print_blob": True,
    "suppress_health_check": [
        HealthCheck.too_slow,
        HealthCheck.data_too_large,
        HealthCheck.filter_too_much,
        HealthCheck.function_scoped_fixture,
    ],
}

# Cases of each property for each estimator: with ten of these, 10,000 in all.
MANY = int(os.environ.get("FUZZ_EXAMPLES", "1000"))

settings.register_profile("few", max_examples=20, derandomize=True, **COMMON)
settings.register_profile("many", max_examples=MANY, **COMMON)
settings.load_profile("few")


@pytest.fixture(autouse=True)
def quiet():
    """Hide warnings: of odd data and parameters there are many, and rightly so."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        yield


@pytest.fixture(autouse=True)
def tallied(request):
    """Send what a test has counted to the process that reports it."""
    tally.clear()
    yield
    request.node.user_properties.append(("fuzz", dict(tally)))


def pytest_terminal_summary(terminalreporter):
    """Print how many cases there were, and what became of them."""
    total = Counter()
    for reports in terminalreporter.stats.values():
        for report in reports:
            if getattr(report, "when", None) != "teardown":
                continue
            for name, counts in getattr(report, "user_properties", ()):
                if name == "fuzz":
                    total.update(counts)
    if total:
        terminalreporter.section("fuzz")
        for what, count in total.most_common():
            terminalreporter.line(f"{count:>8,} {what}")
