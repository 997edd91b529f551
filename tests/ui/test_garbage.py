"""The collector: in moments of silence, late at the latest, and as before when the server ends."""

import gc
import threading
import weakref

import pytest

from sim.ui import garbage


class Knot:
    """Something that only a collection finds: it holds itself."""

    def __init__(self) -> None:
        self.self = self


@pytest.fixture
def begun():
    """Begins a collector, ends it with the test."""
    collectors = []

    def begin(silence: float, latest: float) -> garbage.Collector:
        collectors.append(garbage.Collector(lambda: silence, every=0.02, latest=latest))
        collectors[-1].begin()
        return collectors[-1]

    yield begin
    for one in collectors:
        one.end()


def tie(found: threading.Event) -> None:
    """Garbage that FOUND tells of, old enough that only a full collection looks at it."""
    knot = Knot()
    weakref.finalize(knot, found.set)
    gc.collect(0)
    gc.collect(1)


def test_garbage_is_found_in_silence(begun):
    found = threading.Event()
    begun(silence=60.0, latest=1e9)
    tie(found)
    assert found.wait(20)


def test_while_pages_speak_it_waits(begun):
    found = threading.Event()
    begun(silence=0.0, latest=1e9)
    tie(found)
    assert not found.wait(0.5)


def test_it_does_not_wait_for_ever(begun):
    found = threading.Event()
    begun(silence=0.0, latest=0.1)
    tie(found)
    assert found.wait(20)


def test_python_collects_seldom_meanwhile_and_its_own_way_afterwards():
    before = gc.get_threshold()
    collector = garbage.Collector(lambda: 0.0)
    collector.begin()
    try:
        assert gc.get_freeze_count() > 0
        assert gc.get_threshold() == (*before[:2], garbage.SELDOM)
    finally:
        collector.end()
    assert gc.get_freeze_count() == 0
    assert gc.get_threshold() == before
