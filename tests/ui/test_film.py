"""The film: which posts are drawn, where they stand, and that it says what the campaign says."""

import threading

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sim.runs import compare, play
from sim.runs.compare import CancelledError
from sim.scenario import read
from sim.scenario.schema import Scenario
from sim.ui import film
from tests.browser import visitor


@st.composite
def forests(draw):
    """Parents of up to 60 posts; a parent stands before its children."""
    size = draw(st.integers(1, 60))
    return np.array([draw(st.integers(-1, node - 1)) for node in range(size)], np.int32)


@given(forests(), st.integers(1, 40), st.integers(1, 10))
def test_what_is_drawn_holds_every_parent(parent, most, heads):
    rows = film.chosen(parent, most, heads)
    assert 0 < rows.size <= most
    assert (np.diff(rows) > 0).all()
    drawn = set(rows.tolist())
    assert all(parent[row] < 0 or int(parent[row]) in drawn for row in rows)
    assert sum(parent[row] < 0 for row in rows) <= heads


def test_the_biggest_branch_comes_first():
    # 0 has two children, one of them with three of its own; 1 is an original without an echo.
    parent = np.array([-1, -1, 0, 0, 3, 3, 3], np.int32)
    assert film.chosen(parent, most=2).tolist() == [0, 3]


@given(forests())
def test_heads_do_not_overlap(parent):
    x, y = film.layout(parent)
    assert np.isfinite(x).all()
    assert np.isfinite(y).all()
    places = {(round(float(a), 4), round(float(b), 4)) for a, b in zip(x, y, strict=True)}
    roots = np.flatnonzero(parent < 0)
    assert len({(round(float(x[r]), 4), round(float(y[r]), 4)) for r in roots}) == roots.size
    assert len(places) >= roots.size


@pytest.fixture(scope="module")
def scenario():
    return read.parse(visitor.SMALL, Scenario)


@pytest.fixture(scope="module")
def graph(scenario):
    return compare.grow_graph(scenario, 1)


def test_the_film_tells_the_same_as_the_comparison(scenario, graph):
    shot = film.shoot(scenario, "seeding", 1, graph, threading.Event(), lambda _a, _b: None)
    outcome = play.play(scenario, compare.set_stage(scenario, graph), "seeding", compare.replicate_seed(1, 0))
    assert outcome.metrics["reposts"] > 0
    assert shot.hourly["reposts"][-1] == pytest.approx(outcome.metrics["reposts"], abs=0.1)
    assert shot.hourly["reads"][-1] == pytest.approx(outcome.metrics["reads"], abs=0.1)
    assert sum(one["reposts"][-1] for one in shot.carriers) == pytest.approx(outcome.metrics["reposts"], abs=1)
    assert shot.x.size == shot.posts  # a small launch is drawn whole
    assert (shot.parent < shot.x.size).all()
    assert shot.second.max() < scenario.hours * 3600


def test_a_cancelled_film_stops(scenario, graph):
    cancel = threading.Event()
    with pytest.raises(CancelledError):
        film.shoot(scenario, "seeding", 1, graph, cancel, lambda done, _total: cancel.set() if done == 2 else None)
