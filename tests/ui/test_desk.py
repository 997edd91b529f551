"""The desk: so many seats, first come first served, and a queue that says so."""

import threading
from collections.abc import Callable
from pathlib import Path

import pytest

from sim.runs.compare import CancelledError
from sim.ui.desk import Desk, Memory, Stock, seats_from


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


def grower(made: list[Path], links: int = 6) -> Callable[[Path], int]:
    def grow(folder: Path) -> int:
        folder.mkdir()
        made.append(folder)
        return links

    return grow


def test_the_stock_grows_once_and_forgets_the_oldest(tmp_path):
    stock, made, cancel = Stock(most_links=10), [], threading.Event()
    with stock.graph("a", tmp_path, grower(made), cancel) as first:
        assert first.is_dir()
    with stock.graph("a", tmp_path, grower(made), cancel) as again:
        assert again == first
    with stock.graph("b", tmp_path, grower(made), cancel) as other:
        assert other.is_dir()
        assert not first.exists()
    with stock.graph("a", tmp_path, grower(made), cancel) as new:
        assert new != first
    assert len(made) == 3


def test_a_graph_that_is_read_stays(tmp_path):
    stock, made, cancel = Stock(most_links=1), [], threading.Event()
    with stock.graph("a", tmp_path, grower(made), cancel) as first:
        with stock.graph("b", tmp_path, grower(made), cancel):
            assert first.is_dir()
        assert first.is_dir()


def test_two_who_ask_at_once_wait_for_one_growth_and_can_give_up(tmp_path):
    stock, made, go, begun = Stock(), [], threading.Event(), threading.Event()

    def slow(folder: Path) -> int:
        begun.set()
        assert go.wait(20)
        return grower(made)(folder)

    def take() -> None:
        with stock.graph("a", tmp_path, slow, threading.Event()):
            pass

    threads = [threading.Thread(target=take) for _ in range(2)]
    for thread in threads:
        thread.start()
    assert begun.wait(20)
    gone = threading.Event()
    gone.set()
    with pytest.raises(CancelledError), stock.graph("a", tmp_path, slow, gone):
        pass
    go.set()
    for thread in threads:
        thread.join(20)
    assert len(made) == 1


def test_a_growth_that_failed_is_tried_again(tmp_path):
    stock, made, cancel = Stock(), [], threading.Event()

    def broken(folder: Path) -> int:
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError), stock.graph("a", tmp_path, broken, cancel):
        pass
    with stock.graph("a", tmp_path, grower(made), cancel) as folder:
        assert folder.is_dir()


def test_answers_are_kept_and_the_oldest_goes():
    memory = Memory(2)
    for number in range(3):
        memory.put(str(number), number)
    assert [memory.get(str(number)) for number in range(3)] == [None, 1, 2]


@pytest.mark.parametrize(("text", "seats"), [(None, 4), ("", 4), ("3", 3), ("0", 4), ("x", 4), ("9999", 64)])
def test_the_environment_bounds_the_seats(text, seats):
    assert seats_from(text, 8) == seats
