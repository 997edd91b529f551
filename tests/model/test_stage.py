"""The stage: people, timetable and factors that neither luck nor strategy changes."""

import numpy as np
import pytest

from sim.kernels import readers, response, timeline
from sim.model import cascade
from sim.model import stage as stage_room
from sim.runs import compare
from tests.reference import launches, luck


@pytest.fixture(scope="module")
def scene():
    scenario = launches.scenario(accounts=20_000, market=2_000_000, graph={"seed": luck.seed(1)})
    return scenario, launches.set_up(scenario)


def test_counts_and_factors(scene) -> None:
    _, stage = scene
    assert stage.market == 2_000_000
    assert stage.factor == 100.0
    assert stage.accounts == stage.casting.graph.accounts == 20_000 + 3 + 10
    assert stage.hours == 48
    assert stage.panel == 1


@pytest.mark.parametrize(
    ("start", "hour"),
    [("2010-08-16T00:00:00+08:00", 0), ("2010-08-17T20:00:00+08:00", 44), ("2010-08-22T17:00:00+00:00", 1)],
)
def test_hours_are_counted_from_monday_in_china(start: str, hour: int) -> None:
    stage = launches.set_up(launches.scenario(accounts=200, start=start))
    assert stage.start_hour == hour
    assert stage.start.utcoffset().total_seconds() == 8 * 3600


@pytest.mark.luck
def test_people_are_drawn_as_declared(scene) -> None:
    scenario, stage = scene
    base = stage.readers.traits[:20_000]
    dormant = scenario.attention.dormant
    assert abs(((base & 7) == 0).mean() - dormant) < 5 * np.sqrt(dormant * (1 - dormant) / base.size)
    willing = np.bincount((base >> 3) & 7, minlength=8) / base.size
    expected = np.array([2.0 ** -(c + 1) for c in range(7)] + [2.0**-7])
    assert np.abs(willing - expected).max() < 5 * np.sqrt(0.25 / base.size)
    mean = (stage.readers.propensity[(base >> 3) & 7]).mean()
    assert mean == pytest.approx(1.0, abs=0.06)


def test_heavy_followers_see_a_smaller_share(scene) -> None:
    _, stage = scene
    followees = stage.casting.graph.followee_counts()[:20_000]
    awake = (stage.readers.traits[:20_000] & 7) > 0
    chance = timeline.class_chances()[stage.readers.traits[:20_000] & 7]
    few = awake & (followees <= np.quantile(followees, 0.25))
    many = awake & (followees >= np.quantile(followees, 0.75))
    assert chance[few].mean() > 1.5 * chance[many].mean()
    assert stage.readers.seen < chance.mean()  # links weigh heavy followers more


def test_followers_of_the_brand_are_marked(scene) -> None:
    _, stage = scene
    row = stage.casting.graph.row(int(stage.casting.roles["brand"].accounts[0]))
    marked = np.flatnonzero(stage.readers.traits & readers.FOLLOWS_BRAND)
    assert marked.tolist() == row.tolist()
    assert marked.size > 1_900


def test_the_cast_only_publishes(scene) -> None:
    scenario, stage = scene
    for role in stage.casting.roles.values():
        assert ((stage.readers.traits[role.accounts] & 63) == 0).all()
    run = cascade.play(stage, launches.plan_of(scenario, stage, "everything", 2), 2)
    assert run.tally.watch["times"][:20_000].sum() > 1_000
    assert run.tally.watch["times"][20_000:].sum() == 0


def test_interest_is_one_inside(scene) -> None:
    _, stage = scene
    assert (stage.interest[stage.casting.interested] == 1.0).all()
    assert (stage.interest[~stage.casting.interested] == stage.answer.interest_off).all()
    everyone = stage_room.with_interest(stage, np.ones(stage.interest.size, bool))
    assert (everyone.interest == 1.0).all()
    assert everyone.casting is stage.casting


def test_traits_belong_to_the_graph_and_not_to_the_cast(scene) -> None:
    """A cast of one leaves every other account as it is."""
    _, stage = scene
    fewer = {"brand": {"audience": 0.1}, "kols": [], "employees": {"count": 0}}
    alone = launches.set_up(launches.scenario(accounts=20_000, cast=fewer, strategies={"control": {}}))
    ours, theirs = (each.readers.traits[:20_000] & 63 for each in (stage, alone))
    assert (ours == theirs).all()


def test_traits_are_computed_or_stored_alike() -> None:
    scenario = launches.scenario(accounts=3_000)
    stored, computed = launches.set_up(scenario), launches.set_up(scenario, on_demand=True)
    assert (stored.readers.traits == computed.readers.traits).all()
    assert (stored.readers.traits & 7 > 0).sum() > 500
    assert stored.readers.seen == computed.readers.seen
    assert stored.readers.density == computed.readers.density
    longest = max(computed.casting.graph.row(u).size for u in range(3_000))
    assert computed.scratch >= longest


def test_a_graph_that_was_read_is_its_own_market() -> None:
    scenario = launches.scenario(accounts=1_000)
    grown = compare.grow_graph(scenario, 1)
    rows = [grown.row(u).tolist() for u in range(grown.base)]
    read = launches.graph_of(rows, communities=grown.communities)
    stage = stage_room.set_stage(scenario, read)
    assert stage.factor == 1.0
    assert stage.market == 1_000
    assert stage.accounts == 1_000
    run = cascade.play(stage, launches.plan_of(scenario, stage, "everything", 1), 1)
    assert run.tally.reads.sum() > 50
    assert stage.readers.density == pytest.approx(response.LISTED / np.mean([len(row) for row in rows]))


def test_many_accounts_are_watched_by_a_panel(monkeypatch) -> None:
    monkeypatch.setattr(stage_room, "WATCHED", 400)
    stage = launches.set_up(launches.scenario(accounts=1_000))
    assert stage.panel == 3
    run = cascade.play(stage, launches.plan_of(launches.scenario(accounts=1_000), stage, "everything", 1), 1)
    assert run.tally.watch.size == -(-stage.accounts // 3)
