"""The collector: seldom by itself, once after pages were left, as before when the server ends."""

import gc
import threading

import pytest

from sim.ui import garbage


class Knot:
    """Something that only a full collection finds: it holds itself."""

    def __init__(self) -> None:
        self.self = self


@pytest.fixture
def collector(monkeypatch):
    monkeypatch.setattr(garbage, "DELAY", 0.05)
    one = garbage.Collector()
    one.begin()
    yield one
    one.end()


def test_full_collections_are_seldom_and_python_has_its_way_again():
    before = gc.get_threshold()
    one = garbage.Collector()
    one.begin()
    try:
        assert gc.get_freeze_count() > 0
        assert gc.get_threshold() == (*before[:2], garbage.SELDOM)
    finally:
        one.end()
    assert gc.get_freeze_count() == 0
    assert gc.get_threshold() == before


def test_pages_that_are_left_together_are_collected_once(collector, monkeypatch):
    calls, done = [], threading.Event()

    def collect() -> int:
        calls.append(threading.current_thread())
        done.set()
        return 0

    monkeypatch.setattr(garbage.gc, "collect", collect)
    ends = [collector.page() for _ in range(20)]
    assert calls == []
    for end in ends:
        end()
    assert done.wait(10)
    assert len(calls) == 1
    done.clear()
    collector.page()()
    assert done.wait(10)
    assert len(calls) == 2


def test_what_a_page_leaves_is_found(collector):
    import weakref

    knot = Knot()
    gone = threading.Event()
    weakref.finalize(knot, gone.set)
    gc.collect(1)  # old by now: no young collection will look at it
    gc.collect(1)
    del knot
    collector.left()
    assert gone.wait(10)
