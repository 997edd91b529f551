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


def test_every_tree_shows_its_part_when_there_is_no_room_for_all():
    """Trees of 900, 90 and 9 reposts in 100 places: each is thinned alike, none is left out."""
    parent = np.array([-1, -1, -1, *[0] * 900, *[1] * 90, *[2] * 9], np.int32)
    rows = film.chosen(parent, most=103)
    below = np.bincount(parent[rows][parent[rows] >= 0], minlength=3)
    assert rows.size == 103
    assert below.sum() == 100
    assert abs(below - [90, 9, 1]).max() <= 1


@given(forests())
def test_heads_do_not_overlap(parent):
    x, y = film.layout(parent)
    assert np.isfinite(x).all()
    assert np.isfinite(y).all()
    places = {(round(float(a), 4), round(float(b), 4)) for a, b in zip(x, y, strict=True)}
    roots = np.flatnonzero(parent < 0)
    assert len({(round(float(x[r]), 4), round(float(y[r]), 4)) for r in roots}) == roots.size
    assert len(places) >= roots.size


def test_a_hub_below_the_original_gets_a_head_of_its_own_and_room():
    """An original with 30 reposts, one of which carries 300: neither hides the other."""
    parent = np.array([-1, *[0] * 30, *[1] * 300], np.int32)
    x, y = film.layout(parent)
    around = np.hypot(x[31:] - x[1], y[31:] - y[1])
    assert np.hypot(x[0] - x[1], y[0] - y[1]) > around.max()
    turns = np.sort(np.arctan2(y[31:] - y[1], x[31:] - x[1]))
    assert np.diff(turns).max() < 0.2


@pytest.fixture(scope="module")
def scenario():
    return read.parse(visitor.SMALL, Scenario)


@pytest.fixture(scope="module")
def graph(scenario):
    return compare.grow_graph(scenario, 1)


@pytest.fixture(scope="module")
def folder(graph, tmp_path_factory):
    return graph.save(tmp_path_factory.mktemp("film") / "graph")


def test_the_film_tells_the_same_as_the_comparison(scenario, graph, folder):
    shot = film.shoot(scenario, "seeding", 1, folder, report=lambda _: None, cancel=threading.Event())
    outcome = play.play(scenario, compare.set_stage(scenario, graph), "seeding", compare.replicate_seed(1, 0))
    assert outcome.metrics["reposts"] > 0
    assert shot.hourly["reposts"][-1] == pytest.approx(outcome.metrics["reposts"], abs=0.1)
    assert shot.hourly["reads"][-1] == pytest.approx(outcome.metrics["reads"], abs=0.1)
    assert sum(one["reposts"][-1] for one in shot.carriers) == pytest.approx(outcome.metrics["reposts"], abs=1)
    assert shot.x.size == shot.posts  # a small launch is drawn whole
    assert (shot.parent < shot.x.size).all()
    assert shot.second.max() < scenario.hours * 3600


def test_a_cancelled_film_stops(scenario, folder):
    cancel = threading.Event()
    with pytest.raises(CancelledError):
        film.shoot(scenario, "seeding", 1, folder, report=lambda _: cancel.set(), cancel=cancel)
