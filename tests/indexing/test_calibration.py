"""Is what the program says about its edges what was measured?"""

import json
from importlib import resources

import pytest

from mcp_server.indexing import calibration
from mcp_server.indexing.calibration import READ_BY_EYE, UNMEASURED, confidence, stated

COUNTS = json.loads(resources.files("mcp_server.indexing").joinpath(calibration.FILE).read_text("utf-8"))


def test_what_is_stated_is_never_more_than_what_was_measured():
    for language, strategies in COUNTS.items():
        for strategy, counts in strategies.items():
            right, wrong = (counts["static"][n] + counts["trace"][n] for n in (0, 1))
            assert 0 <= confidence(language, strategy) <= right / (right + wrong)


def test_many_sites_say_more_than_few():
    assert stated(3, 0) < stated(30, 0) < stated(3000, 0) < 1
    assert stated(0, 5) == 0


@pytest.mark.parametrize("strategy", ["import", "type"])
def test_a_language_that_was_not_measured_is_not_better_than_the_worst_that_was(strategy):
    assert confidence("klingon", strategy) <= min(confidence(language, strategy) for language in COUNTS)


@pytest.mark.parametrize("strategy", ["import", "type", "self", "extension"])
def test_a_language_without_truth_claims_no_more_than_was_read_by_eye(strategy):
    assert 0.5 < confidence("klingon", strategy) <= READ_BY_EYE
    assert max(confidence(language, "import") for language in COUNTS) > READ_BY_EYE


def test_a_strategy_never_met_is_only_possible():
    assert confidence("python", "by magic") == UNMEASURED < 0.5
