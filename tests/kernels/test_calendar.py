"""The calendar from within: which rows are taken, and the walk that asks for the next minute's events in time."""

import numpy as np
import pytest

from sim.kernels import calendar


def test_nothing_is_planned_at_first() -> None:
    queue, state = calendar.empty_queue(3, 4), calendar.empty_state(7)
    assert (queue.head == -1).all()
    assert (queue.head.size, queue.events.size, queue.due.size, queue.due_event.size) == (4, 3, 3, 3)
    expected = np.zeros(16, np.int64)
    expected[[calendar.FREE, calendar.PUSHING]] = -1
    expected[calendar.REPOST_LIMIT] = 7
    assert state.tolist() == expected.tolist()
    assert calendar.empty_state()[calendar.REPOST_LIMIT] == 0


def test_events_of_a_minute_stand_in_a_chain_and_the_walk_follows_it() -> None:
    """Rows 0, 2, 3 belong to minute 1, the latest first; row 1 to minute 0; minute 2 is the last."""
    queue, state = calendar.empty_queue(4, 3), calendar.empty_state()
    for second, account in ((60, 5), (0, 6), (119, 7), (61, 8)):
        calendar.schedule(queue, state, second, account, 0)
    assert queue.head.tolist() == [1, 3, -1]
    assert queue.events["next"].tolist() == [-1, -1, 0, 2]
    assert (state[calendar.FRESH], state[calendar.LIVE]) == (4, 4)
    calendar.open_minute(queue, state)
    assert queue.head.tolist() == [-1, 3, -1]
    assert (state[calendar.OPENED], state[calendar.DUE]) == (1, 1)
    walked = []
    for _ in range(5):
        walked.append(int(state[calendar.WALK]))
        calendar.walk(queue, state)
    assert walked == [4, 3, 1, 0, 0]
    assert calendar.pop(queue, state) == 1
    assert state[calendar.DUE] == 0
    state[calendar.MINUTE] = 1
    calendar.open_minute(queue, state)
    assert state[calendar.WALK] == 0  # nothing in minute 2
    assert [calendar.pop(queue, state) for _ in range(3)] == [0, 3, 2]
    state[calendar.MINUTE], state[calendar.WALK] = 2, 1
    calendar.open_minute(queue, state)
    assert (state[calendar.WALK], state[calendar.DUE]) == (0, 0)  # there is no minute 3


def test_given_back_rows_are_taken_first() -> None:
    queue, state = calendar.empty_queue(4, 3), calendar.empty_state()
    queue.events["next"] = [-1, 2, 0, -1]
    state[[calendar.FREE, calendar.FRESH]] = 1, 3
    for account, row in ((10, 1), (11, 2), (12, 0), (13, 3)):
        calendar.schedule(queue, state, 60, account, 0)
        assert queue.head[1] == row
        assert queue.events[row]["account"] == account
    assert (state[calendar.FREE], state[calendar.FRESH], state[calendar.LIVE]) == (-1, 4, 4)


@pytest.mark.parametrize(("second", "opened", "due"), [(60, 1, 1), (119, 1, 1), (120, 1, 0), (59, 1, 0), (60, 0, 0)])
def test_what_falls_into_the_open_minute_is_due(second: int, opened: int, due: int) -> None:
    queue, state = calendar.empty_queue(1, 3), calendar.empty_state()
    state[[calendar.MINUTE, calendar.OPENED]] = 1, opened
    calendar.schedule(queue, state, second, 5, 0)
    assert state[calendar.DUE] == due
    assert (queue.head >= 0).sum() == 1 - due


def test_equal_events_stay_where_they_are() -> None:
    """Two reads of one post by one account in one second are the same to the course: none is moved for the other."""
    queue, state = calendar.empty_queue(3, 1), calendar.empty_state()
    calendar.open_minute(queue, state)
    for _ in range(3):
        calendar.schedule(queue, state, 5, 1, 1)
    assert queue.due_event.tolist() == [0, 1, 2]
    assert calendar.pop(queue, state) == 0
    assert queue.due_event[:2].tolist() == [2, 1]
