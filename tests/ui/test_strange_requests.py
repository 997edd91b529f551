"""Headers and variables that no browser and no planner writes: answered, never a traceback."""

import pytest

from sim.ui import desk, guard

PASSING = {"host": "localhost:8765"}


def refusal(**headers):
    scope = {"type": "http", "path": "/", "query_string": b""}
    return guard.Guard(lambda *_: None).refusal(scope, PASSING | {k.replace("_", "-"): v for k, v in headers.items()})


@pytest.mark.parametrize("length", ["²", "9" * 5_000, "-1", "", " 7", "1e3", "0x10"])
def test_a_length_that_is_no_number_is_refused(length):
    assert refusal(content_length="7") is None
    assert refusal(content_length=length)[0] == 413


@pytest.mark.parametrize("origin", ["http://[", "http://[::1", "//]", "http://[x]/", ""])
def test_an_origin_that_is_no_address_is_refused(origin):
    assert refusal(origin="http://localhost:8765") is None
    assert refusal(origin=origin)[0] == 403


@pytest.mark.parametrize("said", ["²", "٠", "0", "00", "-3", "1.5", "", None, "4 ", "x"])
def test_runs_at_once_that_are_no_number_leave_the_default(said):
    assert desk.seats_from(said, 8) == 4


@pytest.mark.parametrize(("said", "seats"), [("1", 1), ("03", 3), ("64", 64), ("65", 64), ("9" * 6_000, 64)])
def test_runs_at_once_are_bounded(said, seats):
    assert desk.seats_from(said, 8) == seats
