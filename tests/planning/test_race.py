"""The race of launches: it finds the planted best, spares the plays of who is behind, and its numbers are compare's."""

import pytest

from sim.errors import UserError
from sim.planning import race
from sim.runs import compare
from tests.reference import launches

MANY = {f"posts_{n}": {"posts": [{"by": "brand", "times": n, "every": 2}]} for n in range(1, 7)}
MANY["close"] = {"posts": [{"by": "brand", "times": 6, "every": 2.2}]}
MANY["anna"] = {"posts": [{"by": "anna"}]}
MANY["twin"] = {"posts": [{"by": "anna"}], "title": "the same under another name"}


def small():
    return launches.scenario(accounts=1_200, strategies=MANY)


@pytest.fixture(scope="module")
def graph():
    return compare.grow_graph(small(), 1)


@pytest.fixture(scope="module")
def found(graph):
    return race.select(small(), graph=graph, margin=0.02, most=800, seed=4)


def test_the_best_wins_and_others_stop_early(found, graph) -> None:
    names = list(MANY)
    played = compare.compare(small(), graph=graph, replicates=120, seed=99, doubt=False, jobs=1)
    means = played.matrix("reach", "shipped").mean(axis=0)
    assert found["winner"] is not None
    assert means[names.index(found["winner"])] > means.max() - 0.05 * means.max()
    ran = [row["replicates"] for row in found["strategies"].values()]
    assert min(ran) == 48 < max(ran)
    assert found["plays"] == sum(ran) < 0.9 * len(names) * max(ran)
    assert "95% certainty" in found["sentence"]


def test_its_numbers_are_those_of_the_comparison(found, graph) -> None:
    name = "posts_1"
    row = found["strategies"][name]
    played = compare.compare(
        small(), graph=graph, strategies=[name], replicates=row["replicates"], seed=4, doubt=False, jobs=1
    )
    assert row["mean"] == pytest.approx(played.matrix("reach", "shipped").mean(), rel=1e-12)


def test_no_winner_is_said_plainly(graph) -> None:
    """A margin far below what 48 replicates can tell."""
    found = race.select(small(), ["posts_3", "posts_4"], graph=graph, margin=1e-4, most=48)
    assert found["winner"] is None
    assert found["left"] == ["posts_3", "posts_4"]
    assert found["sentence"].startswith("No winner after 48 replicates")


def test_threads_change_nothing(graph) -> None:
    one, two = (race.select(small(), ["posts_1", "anna"], graph=graph, most=60, jobs=jobs) for jobs in (1, 2))
    assert one == two


@pytest.mark.parametrize(
    ("asked", "told"),
    [({"strategies": ["anna"]}, "at least 2"), ({"margin": 2.0}, "margin"), ({"most": 10}, "at least 48")],
)
def test_wrong_questions(asked, told, graph) -> None:
    with pytest.raises(UserError, match=told):
        race.select(small(), graph=graph, **asked)
