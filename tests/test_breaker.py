"""Does nothing wait for what does not answer, and is it asked again when it may?"""

import threading

import pytest

from mcp_server.breaker import Breaker, Unavailable

SOON_S = 0.01
LONG_S = 60.0


class Clock:
    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def breaker(clock):
    return Breaker(failures=3, cool_s=30.0, clock=clock)


def fail():
    raise ValueError("no\nmodel")


def failing(breaker, times):
    for _ in range(times):
        with pytest.raises(Unavailable, match="no model"):
            breaker.call(fail, LONG_S)


def test_what_answers_is_passed_on(breaker):
    assert [breaker.call(lambda n=n: n, LONG_S) for n in range(5)] == [0, 1, 2, 3, 4]
    assert breaker.state == "closed"


def test_it_opens_after_failures_in_a_row_and_not_before(breaker):
    failing(breaker, 2)
    assert breaker.call(lambda: 1, LONG_S) == 1
    failing(breaker, 2)
    assert breaker.state == "closed"
    failing(breaker, 1)
    assert breaker.state == "open"


def test_while_it_is_open_nothing_is_asked_and_the_reason_is_told(breaker, clock):
    failing(breaker, 3)
    clock.now += 29.9
    asked = []
    with pytest.raises(Unavailable, match="no model"):
        breaker.call(lambda: asked.append(1), LONG_S)
    assert asked == []


def test_one_probe_is_let_through_and_closes_it(breaker, clock):
    failing(breaker, 3)
    clock.now += 30.0
    assert breaker.state == "half-open"

    def probe():
        # While the probe is under way nobody else is let through.
        with pytest.raises(Unavailable):
            breaker.call(lambda: 2, LONG_S)
        return 1

    assert breaker.call(probe, LONG_S) == 1
    assert breaker.state == "closed"
    assert breaker.call(lambda: 3, LONG_S) == 3


def test_a_probe_that_fails_opens_it_for_as_long_again(breaker, clock):
    failing(breaker, 3)
    clock.now += 30.0
    failing(breaker, 1)
    clock.now += 29.9
    assert breaker.state == "open"
    clock.now += 0.1
    assert breaker.state == "half-open"


def test_what_is_late_is_not_waited_for_and_not_asked_again_until_it_is_over(breaker):
    go = threading.Event()
    with pytest.raises(Unavailable, match="takes too long"):
        breaker.call(go.wait, SOON_S)
    asked = []
    with pytest.raises(Unavailable, match="takes too long"):
        breaker.call(lambda: asked.append(1), LONG_S)
    assert asked == []
    go.set()
    answered(breaker)


def test_a_late_success_closes_it(breaker):
    """As a model that takes long to load, and is well from then on."""
    failing(breaker, 2)
    go = threading.Event()
    with pytest.raises(Unavailable):
        breaker.call(go.wait, SOON_S)
    assert breaker.state == "open"
    go.set()
    answered(breaker)
    assert breaker.state == "closed"


def answered(breaker):
    """Ask until the late attempt is over."""
    for _ in range(100_000):
        try:
            assert breaker.call(lambda: 1, LONG_S) == 1
        except Unavailable:
            continue
        return
    pytest.fail("it stayed closed to everyone")


def test_whatever_is_raised_there_is_no_more_than_unavailable_here(breaker):
    def give_up():
        raise SystemExit(3)

    for work in (give_up, lambda: 1 / 0):
        with pytest.raises(Unavailable):
            breaker.call(work, LONG_S)
    assert breaker.state == "closed"


def test_many_threads_fail_together(breaker):
    outcomes = []

    def ask():
        try:
            breaker.call(fail, LONG_S)
        except Unavailable:
            outcomes.append(1)

    threads = [threading.Thread(target=ask) for _ in range(20)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(outcomes) == 20
    assert breaker.state == "open"
