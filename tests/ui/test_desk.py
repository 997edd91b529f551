"""The desk: so many seats, first come first served, and a queue that says so."""

import threading

import pytest

from sim.runs.compare import CancelledError
from sim.ui.desk import Desk, Stock, seats_from


def test_seats_are_bounded_and_the_queue_is_told_and_served_in_order():
    desk = Desk(1)
    served: list[str] = []
    told: dict[str, list[int]] = {"b": [], "c": []}
    go, queued = threading.Event(), {"b": threading.Event(), "c": threading.Event()}

    def wait(name: str) -> None:
        def waiting(ahead: int) -> None:
            told[name].append(ahead)
            queued[name].set()

        with desk.seat(threading.Event(), waiting):
            assert desk.busy == 1
            served.append(name)

    with desk.seat(threading.Event(), lambda _: None):
        threads = []
        for name in ("b", "c"):
            threads.append(threading.Thread(target=wait, args=(name,)))
            threads[-1].start()
            assert queued[name].wait(5)
        go.set()
        assert served == []
    for thread in threads:
        thread.join(5)
    assert served == ["b", "c"]
    assert told["b"] == [1]
    assert told["c"][0] == 2
    assert desk.busy == 0


def test_a_cancelled_wait_leaves_the_queue():
    desk = Desk(1)
    cancel = threading.Event()
    cancel.set()
    with desk.seat(threading.Event(), lambda _: None), pytest.raises(CancelledError), desk.seat(cancel, lambda _: None):
        pass
    with desk.seat(threading.Event(), lambda _: pytest.fail("nobody stands before")):
        pass


def test_a_seat_is_given_back_when_the_run_fails():
    desk = Desk(1)
    with pytest.raises(ZeroDivisionError), desk.seat(threading.Event(), lambda _: None):
        raise ZeroDivisionError
    assert desk.busy == 0


class Links:
    def __init__(self, links: int) -> None:
        self.links = links


def test_the_stock_grows_once_and_forgets_the_oldest():
    stock, grown = Stock(most_links=10), []

    def grow(name):
        def make():
            grown.append(name)
            return Links(6)

        return make

    first = stock.get("a", grow("a"))
    assert stock.get("a", grow("a")) is first
    stock.get("b", grow("b"))
    stock.get("a", grow("a"))
    assert grown == ["a", "b", "a"]


@pytest.mark.parametrize(("text", "seats"), [(None, 4), ("", 4), ("3", 3), ("0", 4), ("x", 4), ("9999", 64)])
def test_the_environment_bounds_the_seats(text, seats):
    assert seats_from(text, 8) == seats
