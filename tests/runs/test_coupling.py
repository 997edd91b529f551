"""Coupled luck: rival launches live in one world and meet the same luck, post by post and reader by reader."""

import dataclasses

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sim.kernels import response
from sim.model import cascade, launch
from sim.model import stage as stage_room
from sim.runs import compare
from sim.runs.play import play
from tests.reference import launches

SEEDS = [compare.replicate_seed(7, replicate) for replicate in range(60)]


@pytest.fixture(scope="module")
def market():
    """20,000 accounts: large enough for luck to average a little, small enough for a test."""
    scenario = launches.scenario(
        accounts=20_000,
        market=2_000_000,
        cast={
            "brand": {"audience": 0.02},
            "kols": [
                {"name": name, "audience": share} for name, share in (("anna", 0.1), ("ben", 0.08), ("cleo", 0.03))
            ],
        },
        response={"repost_rate": 0.01, "peer_rate": 0.1, "saturation": 100_000.0},
        strategies={
            "two": {
                "posts": [{"by": "brand"}, {"by": "anna", "at": 1, "spread": 2}, {"by": "ben", "at": 1, "spread": 2}]
            },
            "three": {"posts": [{"by": "brand"}, {"by": "kols", "at": 1, "spread": 2}]},
        },
    )
    return scenario, launches.set_up(scenario)


def outcomes(scenario, stage, strategy: str, *metrics: str) -> np.ndarray:
    found = [play(scenario, stage, strategy, seed).metrics for seed in SEEDS]
    return np.array([[values[metric] for metric in metrics] for values in found], float)


def test_placebo_differs_by_exactly_nothing(market) -> None:
    """Two strategies that do the same under different names: not one bit of difference, in any metric or curve."""
    scenario, stage = market
    twice = scenario.changed({"strategies": {"copy": scenario.strategies["three"].model_dump()}})
    for seed in SEEDS[:5]:
        one, other = (play(twice, stage, name, seed) for name in ("three", "copy"))
        assert one.metrics["reposts"] > 0
        assert one.metrics == other.metrics
        assert one.parts == other.parts
        for name, curve in one.curves.items():
            assert curve.tobytes() == other.curves[name].tobytes()


def test_placebo_in_the_main_job() -> None:
    scenario = launches.scenario(accounts=2_000)
    scenario = scenario.changed({"strategies": {"copy": scenario.strategies["everything"].model_dump()}})
    found = compare.compare(scenario, strategies=["everything", "copy"], replicates=6, jobs=2, doubt=True)
    for luck in ("shipped", "assumptions"):
        values = found.matrix("reach", luck)
        assert values.min() > 0
        assert np.ptp(values[:, 0]) > 0
        assert (values[:, 0] == values[:, 1]).all()


def close(one: np.ndarray, other: np.ndarray, gain: float) -> None:
    """Correlation above 0.95 and a difference with GAIN times less variance than that of independent runs."""
    assert one.std() > 0
    assert (one != other).any()
    assert np.corrcoef(one, other)[0, 1] > 0.95
    assert np.var(other - one, ddof=1) * gain < np.var(one, ddof=1) + np.var(other, ddof=1)
    # luck that is not shared is as far apart as the formula says
    assert np.var(np.roll(other, 1) - one, ddof=1) > 0.5 * (np.var(one, ddof=1) + np.var(other, ddof=1))


def test_five_percent_in_one_rate(market) -> None:
    scenario, stage = market
    faster = stage_room.under(
        stage, stage.answer._replace(repost_rate=stage.answer.repost_rate * 1.05), stage.attention
    )
    metrics = ("reads", "reach", "reposts")
    one, other = (outcomes(scenario, on, "three", *metrics) for on in (stage, faster))
    assert (other.mean(axis=0) > one.mean(axis=0)).all()
    for m in range(len(metrics)):
        close(one[:, m], other[:, m], gain=10)


def test_one_kol_more() -> None:
    """Seven celebrities, and the same seven with an eighth: what differs is the eighth's own luck and no more."""
    names = [f"kol_{k}" for k in range(1, 9)]
    shares = (0.1, 0.08, 0.06, 0.05, 0.05, 0.04, 0.04, 0.03)
    rows = {name: {"by": name, "at": 1, "spread": 2} for name in names}
    scenario = launches.scenario(
        accounts=40_000,
        market=80_000,
        cast={
            "brand": {"audience": 0.02},
            "kols": [{"name": name, "audience": share} for name, share in zip(names, shares, strict=True)],
        },
        response={"repost_rate": 0.01, "peer_rate": 0.06, "saturation": 400.0, "share_spread": 0.3},
        strategies={
            "seven": {"posts": [{"by": "brand"}, *(rows[name] for name in names[:7])]},
            "eight": {"posts": [{"by": "brand"}, *rows.values()]},
            "alone": {"posts": [rows["kol_8"]]},
        },
    )
    stage = launches.set_up(scenario)
    metrics = ("reads", "reach", "reposts", "messages")
    seven, eight, alone = (outcomes(scenario, stage, name, *metrics) for name in ("seven", "eight", "alone"))
    assert (eight[:, :2].mean(axis=0) > seven[:, :2].mean(axis=0)).all()
    for m in range(len(metrics)):
        close(seven[:, m], eight[:, m], gain=10)
    reads = 0
    assert np.var(eight[:, reads] - seven[:, reads]) < 3 * np.var(alone[:, reads])


def test_worlds_are_equal_across_strategies(market) -> None:
    """Planned posts, the luck of each, who sees it and when: the same wherever the same post stands."""
    scenario, stage = market
    seed = SEEDS[0]
    plans = [launches.plan_of(scenario, stage, strategy, seed) for strategy in ("two", "three")]
    common = np.flatnonzero(np.isin(plans[1].label, plans[0].label))
    assert plans[0].size == 3
    assert common.size == 3
    before = stage.readers.traits.copy(), stage.world.followers.copy()
    runs = [cascade.play(stage, plan, seed) for plan in plans]
    assert (stage.readers.traits == before[0]).all()
    assert (stage.world.followers == before[1]).all()
    for name in ("account", "second", "label", "quality", "clock", "shareability", "words", "comment", "chance"):
        assert (getattr(runs[0].messages, name) == getattr(runs[1].messages, name)[common]).all(), name
    # with peers silent, what each common post was read is the same number
    mute = stage_room.under(stage, stage.answer._replace(peer_rate=0.0), stage.attention)
    direct = [cascade.play(mute, plan, seed).messages for plan in plans]
    assert direct[0].reads.min() > 50
    assert direct[0].reposts.sum() > 0
    readers = [messages.reads for messages in direct]
    alone = [cascade.play(_unmoved(mute), plan, seed).messages.reads for plan in plans]
    assert (alone[0] == alone[1][common]).all()
    assert (readers[0] >= alone[0]).all()


def _unmoved(stage: stage_room.Stage) -> stage_room.Stage:
    return stage_room.under(stage, stage.answer._replace(repost_rate=0.0), stage.attention)


def test_the_same_visit_for_every_strategy(market) -> None:
    """First reads of the brand's post: equal readers at equal seconds, whoever else posts."""
    scenario, stage = market
    silent = stage_room.under(stage, stage.answer._replace(repost_rate=0.0, peer_rate=0.0), stage.attention)
    plans = [launches.plan_of(scenario, stage, strategy, SEEDS[1]) for strategy in ("two", "three")]
    reads = [cascade.play(silent, plan, SEEDS[1]).tally.watch for plan in plans]
    met = reads[0]["times"] > 0
    assert met.sum() > 500
    assert (reads[1]["times"] >= reads[0]["times"]).all()
    assert (reads[1]["first"][met] <= reads[0]["first"][met]).all()
    only = met & (reads[0]["times"] == reads[1]["times"])
    assert only.sum() > 200
    assert (reads[0][only] == reads[1][only]).all()


# --- monotone coupling ----------------------------------------------------------------------------

MONOTONE = response.Response(
    second_read=1.0,
    later_reads=1.0,
    saturation=0.0,
    click_bare=0.0,
    click_commented=0.0,
    quality_peers=0.0,
    comment_spread=0.0,
)


@st.composite
def nested(draw):
    """A stage where every read adds the same whenever it comes, a plan, and the rows of it that are dropped."""
    accounts = draw(st.integers(3, 40))
    luck = np.random.default_rng(draw(st.integers(0, 2**32)))
    # each followee posts at most once and reposts at most once: few enough reads for all to count
    followees = response.READS_COUNTED // 2
    rows: list[list[int]] = [[] for _ in range(accounts)]
    for reader in range(accounts):
        for followee in luck.choice(accounts, min(followees, accounts - 1), replace=False):
            if followee != reader:
                rows[followee].append(reader)
    stage = launches.by_hand(
        launches.graph_of(rows),
        answer=MONOTONE._replace(
            repost_rate=draw(st.floats(0.0, 0.9)),
            peer_rate=draw(st.floats(0.0, 0.9)),
            share_spread=draw(st.floats(0.0, 1.0)),
            tier=draw(st.floats(0.0, 0.3)),
        ),
        attention=launches.PLAIN._replace(
            delay_shape=draw(st.floats(0.3, 3.0)), delay_scale=draw(st.floats(0.0, 20_000.0))
        ),
        traits=luck.integers(0, 64, accounts),
        propensity=luck.exponential(1.0, response.PROPENSITIES),
        hours=draw(st.integers(1, 200)),
    )
    authors = draw(st.lists(st.integers(0, accounts - 1), min_size=1, max_size=3, unique=True))
    planned = [(draw(st.integers(0, stage.hours * 3600 - 1)), author) for author in authors]
    plan = launches.posts(stage, planned, quality=draw(st.floats(0.1, 20.0)), doubt=draw(st.floats(0.0, 1.0)))
    dropped = draw(st.integers(0, plan.size - 1))
    return stage, plan, dropped, draw(st.integers(0, 2**63 - 1))


def reposted(run: cascade.Cascade) -> dict[int, int]:
    """Second of each account's repost."""
    account, parent, second = (
        column[: run.post_count] for column in (run.posts.account, run.posts.parent, run.posts.second)
    )
    return dict(zip(account[parent >= 0].tolist(), second[parent >= 0].tolist(), strict=True))


@settings(max_examples=300)
@given(nested())
def test_a_post_more_never_removes_a_repost(world) -> None:
    """The conditions are those of docs/coupling.md; under them nobody reposts later either, and no reader is lost."""
    stage, plan, dropped, seed = world
    fewer = launch.Plan(**{name: np.delete(column, dropped, axis=0) for name, column in vars(plan).items()})
    small, large = cascade.play(stage, fewer, seed), cascade.play(stage, plan, seed)
    before, after = reposted(small), reposted(large)
    assert before.keys() <= after.keys()
    assert all(after[account] <= second for account, second in before.items())
    assert (small.tally.watch["times"] <= large.tally.watch["times"]).all()
    assert (large.tally.watch["times"] <= response.READS_COUNTED).all()


def test_monotone_coupling_is_not_about_nothing() -> None:
    """In a large world of that kind the post that is added does add reposts, and many stood before."""
    luck = np.random.default_rng(3)
    accounts = 3_000
    rows: list[list[int]] = [[] for _ in range(accounts)]
    for reader in range(accounts):
        for followee in {reader % 3, int(luck.integers(accounts))} - {reader}:
            rows[followee].append(reader)
    stage = launches.by_hand(
        launches.graph_of(rows), answer=MONOTONE._replace(repost_rate=0.1, peer_rate=0.3, share_spread=0.0), hours=100
    )
    plan = launches.posts(stage, [(0, 0), (3_000, 1), (9_000, 2)])
    fewer = launch.Plan(**{name: column[[0, 2]] for name, column in vars(plan).items()})
    gained = 0
    for seed in range(20):
        small, large = (reposted(cascade.play(stage, each, seed)) for each in (fewer, plan))
        assert len(small) > 50
        assert small.keys() <= large.keys()
        gained += len(large) - len(small)
    assert gained > 500


def test_saturation_breaks_it() -> None:
    """The property can fail: where messages saturate, a post more does cost somebody's repost."""
    luck = np.random.default_rng(3)
    rows = [sorted(set(luck.choice(800, 12).tolist()) - {u}) for u in range(800)]
    answer = MONOTONE._replace(repost_rate=0.2, peer_rate=0.3, saturation=10.0, share_spread=0.0)
    stage = launches.by_hand(launches.graph_of(rows), answer=answer, hours=100)
    plan = launches.posts(stage, [(0, 0), (600, 1)])
    again = dataclasses.replace(plan, **{name: column[1:] for name, column in vars(plan).items()})
    lost = 0
    for seed in range(60):
        before, after = (reposted(cascade.play(stage, each, seed)) for each in (again, plan))
        lost += len(before.keys() - after.keys())
    assert lost > 0


def test_five_percent_at_the_shipped_law() -> None:
    """nokia_n8 as shipped, 600,000 people on 20,000 accounts: 30 stand behind each, as at full size."""
    from sim.scenario import read
    from sim.scenario.schema import Scenario

    wanted = read.read("nokia_n8", Scenario).changed({"market": 600_000, "graph": {"accounts": 20_000}})
    stage = launches.set_up(wanted)
    more = stage_room.under(stage, stage.answer._replace(repost_rate=1.05 * stage.answer.repost_rate), stage.attention)
    metrics = ("reads", "reach", "messages")
    a = outcomes(wanted, stage, "celebrity_seeding", *metrics)
    b = outcomes(wanted, more, "celebrity_seeding", *metrics)
    assert a.min() > 0
    for k, name in enumerate(metrics):
        assert np.corrcoef(a[:, k], b[:, k])[0, 1] > 0.95, name
        assert (a[:, k].var() + b[:, k].var()) / (b - a)[:, k].var() > 10.0, name
