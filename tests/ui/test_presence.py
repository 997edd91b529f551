"""A run stops when its tab is gone, and only then."""

import contextlib
import threading
import time

import solara

from sim.ui import presence
from sim.ui.presence import attended


def test_work_of_a_lost_tab_is_cancelled():
    cancel = threading.Event()
    with attended(cancel, lambda: False, patience=0.1):
        assert cancel.wait(10)


def test_a_tab_that_comes_back_keeps_its_work():
    cancel = threading.Event()
    asked = threading.Event()
    answers = iter([False, True] * 20)

    def connected() -> bool:
        answer = next(answers, None)
        if answer is None:
            asked.set()
        return answer is not False

    with attended(cancel, connected, patience=0.4):
        assert asked.wait(20)
    assert not cancel.is_set()


def test_a_page_that_goes_while_its_work_begins_does_no_harm(monkeypatch, caplog):
    """The component is taken down between the look whether it is still there and the work."""
    begun, gone = threading.Event(), threading.Event()
    done: list[str] = []

    @contextlib.contextmanager
    def slowly(_cancel):
        begun.set()
        assert gone.wait(20)
        yield

    monkeypatch.setattr(presence, "attended", slowly)

    @solara.component
    def Page():
        presence.use_work(lambda: done.append("worked"), [], threading.Event())
        solara.Text("a page")

    _box, context = solara.render(Page(), handle_error=False)
    assert begun.wait(20)
    context.close()
    gone.set()
    finished = time.monotonic() + 20
    while not done and not caplog.records and time.monotonic() < finished:
        time.sleep(0.01)
    assert done == ["worked"]
    assert not caplog.records
