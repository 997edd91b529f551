"""A run stops when its tab is gone, and only then."""

import threading

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
