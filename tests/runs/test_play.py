"""One replicate measured: the accounts of a run add up, whatever the scenario."""

import dataclasses

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sim.kernels import calendar, response, trees
from sim.model import cascade
from sim.results import metrics
from sim.results.outcome import CURVES
from sim.runs.play import measure, play
from tests.reference import launches

shares = st.floats(0.0, 1.0)


@st.composite
def scenarios(draw):
    """Generated launches on 100..600 accounts, from silence to more than anyone would read."""
    accounts = draw(st.integers(100, 600))
    kols = draw(st.integers(0, 3))
    employees = draw(st.integers(0, 8))
    words = ["brand"] + ["kols"] * (kols > 0) + ["employees"] * (employees > 0)
    days = draw(st.sampled_from([0.05, 0.5, 3.0, 20.0]))
    hours = max(1, round(days * 24))
    action = st.fixed_dictionaries(
        {
            "by": st.sampled_from(words),
            "at": st.floats(0.0, hours - 0.01),
            "times": st.integers(1, 3),
            "every": st.floats(0.0, 30.0),
            "spread": st.floats(0.0, 10.0),
            "participation": shares,
        }
    )
    audience = st.floats(0.0, 0.6)
    return launches.scenario(
        accounts=accounts,
        days=days,
        market=draw(st.sampled_from([accounts, 50_000])),
        start=draw(st.sampled_from(["2010-08-17T20:00:00+08:00", "2011-01-01T03:00:00+08:00"])),
        cast={
            "brand": {"audience": draw(audience)},
            "kols": [{"name": f"kol_{k}", "audience": draw(audience), "fit": draw(shares)} for k in range(kols)],
            "employees": {"count": employees, "audience": draw(st.floats(0.0, 0.05))},
        },
        response={
            "repost_rate": draw(st.floats(0.0, 0.6)),
            "peer_rate": draw(st.floats(0.0, 0.5)),
            "saturation": draw(st.sampled_from([0.0, 500.0])),
            "comment_ratio": draw(st.floats(0.0, 2.0)),
            "comments_each": draw(st.floats(0.0, 3.0)),
            "click_bare": draw(shares),
        },
        attention={"dormant": draw(shares), "items_read": draw(st.floats(1.0, 2000.0))},
        strategies={"plan": {"posts": draw(st.lists(action, max_size=4))}},
    )


@settings(max_examples=60)
@given(scenarios(), st.integers(0, 2**40))
def test_accounts_add_up(scenario, seed: int) -> None:
    stage = launches.set_up(scenario)
    plan = launches.plan_of(scenario, stage, "plan", seed)
    run = cascade.play(stage, plan, seed)
    outcome = measure(run, scenario, "plan")
    found, parts, curves = outcome.metrics, outcome.parts, outcome.curves
    factor = stage.factor
    posts = run.post_count
    graph = stage.casting.graph

    def whole(name: str) -> int:
        value = found[name]
        assert value is not None
        count = value / factor
        assert count == pytest.approx(round(count), abs=1e-6)
        return round(count)

    # a push per follower of every publication, at most one read per push, at most one first read per reader
    author, parent = run.posts.account[:posts], run.posts.parent[:posts]
    assert whole("pushes") == pytest.approx(sum(graph.row(int(u)).size for u in author))
    assert found["reach"] <= found["reads"] <= found["pushes"] + 1e-6
    assert 0 <= found["non_follower_reads"] <= found["reads"]
    assert found["reposts"] <= found["reach"] + 1e-6
    assert found["messages"] == pytest.approx(found["reposts"] + found["comments"])
    kinds = run.tally.comments.sum(axis=0) * factor
    assert found["comments"] == pytest.approx(kinds.sum())
    assert [found[name] for name in ("praise", "questions", "complaints")] == pytest.approx(kinds[1:].tolist())
    # every account reposts a story once; originals are the plan
    assert np.unique(author[parent >= 0]).size == (parent >= 0).sum() == whole("reposts")
    assert (parent < 0).sum() == plan.size
    assert run.messages.reposts.sum() == (parent >= 0).sum()
    per_message = np.bincount(run.posts.message[:posts][parent >= 0], minlength=plan.size)
    assert per_message.tolist() == run.messages.reposts.tolist()
    root, below = trees.tree_sizes(parent)
    assert below[parent < 0].sum() == posts
    assert (run.posts.message[root[:posts]] == run.posts.message[:posts]).all()
    # who reposts is somebody who read; who comments too
    times = run.tally.watch["times"]
    assert (times[author[parent >= 0]] > 0).all()
    talk = run.tally.talk_account[: int(run.state[calendar.COMMENTS])]
    assert (times[talk] > 0).all()
    assert np.unique(talk).size == talk.size
    # parts
    assert sum(parts[f"carried_by_{name}"] for name in response.MESSENGERS) == pytest.approx(found["reads"])
    assert sum(parts[f"reads_by_{name}"] for name in response.MESSENGERS) == pytest.approx(found["reads"])
    assert parts["carried_by_peer"] == 0
    bins = [parts[name] for name in ("frequency_1", "frequency_2", "frequency_3", "frequency_4_or_more")]
    assert sum(bins) == pytest.approx(found["reach"])
    assert times.sum() == whole("reads")
    # curves
    assert set(curves) == set(CURVES)
    for name, curve in curves.items():
        assert curve.shape == (stage.hours,)
        assert curve.min() >= 0
        assert curve.sum() == pytest.approx(found[name], abs=1e-6), name
    assert run.tally.commented.sum() == run.posts.words[:posts][parent >= 0].sum()
    assert run.tally.follower_reads.sum() <= run.tally.reads.sum()
    # the dormant and the cast read nothing
    assert times[(stage.readers.traits & 7) == 0].sum() == 0
    for name, value in found.items():
        assert value is None or np.isfinite(value), name
    assert set(found) == set(metrics.METRICS)


def test_generated_launches_are_lively_enough() -> None:
    """The identities above are not about nothing: this one has a thousand of everything that is counted."""
    scenario = launches.scenario(response={"comment_ratio": 1.5})
    stage = launches.set_up(scenario)
    found = [play(scenario, stage, "everything", seed).metrics for seed in range(20)]
    for name in ("reads", "reach", "reposts", "comments", "likes", "praise", "questions", "complaints"):
        assert sum(values[name] for values in found) / stage.factor > 20, name


def test_silence() -> None:
    """Without a post nothing happens, and what cannot be divided is undefined."""
    scenario = launches.scenario()
    outcome = play(scenario, launches.set_up(scenario), "control", 1)
    found = outcome.metrics
    for name in ("pushes", "reads", "reach", "reposts", "comments", "messages", "likes", "cost"):
        assert found[name] == 0.0
    for name in ("frequency", "sentiment", "cost_per_message", "amplification", "depth", "structural_virality"):
        assert found[name] is None
    assert not any(outcome.parts.values())
    assert not any(curve.any() for curve in outcome.curves.values())


@pytest.mark.parametrize(
    "changes",
    [
        {"attention": {"dormant": 1.0}},
        {"cast": {"brand": {"audience": 0.0}, "kols": [], "employees": {"count": 0}}},
        {"days": 0.05},
        {"response": {"repost_rate": 0.0, "peer_rate": 0.0, "comment_ratio": 0.0}},
        {"response": {"repost_rate": 1.0, "peer_rate": 1.0, "peer_bound": 1000.0}},
    ],
    ids=["all dormant", "no followers", "one hour", "nobody answers", "everybody answers"],
)
def test_extremes_do_not_crash(changes) -> None:
    strategies = {"brand": {"posts": [{"by": "brand", "times": 3, "every": 0.2}]}}
    scenario = launches.scenario(accounts=300, strategies=strategies, **changes)
    found = play(scenario, launches.set_up(scenario), "brand", 1).metrics
    assert found["reach"] <= found["reads"]


def test_counts_stand_for_the_market() -> None:
    """The same small world, declared to stand for a market a hundred times larger: counts grow, ratios stay."""
    small, large = (launches.scenario(accounts=1_000, market=market) for market in (1_000, 100_000))
    # employees and KOLs are shares of the market here; chances depend on heads through the tier alone
    answer = {"response": {"tier": 0.0}}
    one, other = (
        play(scenario, launches.set_up(scenario), "everything", 5)
        for scenario in (small.changed(answer), large.changed(answer))
    )
    assert one.metrics["reposts"] > 3
    for name in ("pushes", "reads", "reach", "reposts", "comments", "likes", "non_follower_reads"):
        assert other.metrics[name] == pytest.approx(100 * one.metrics[name]), name
    for name in ("frequency", "depth", "structural_virality", "amplification"):
        assert other.metrics[name] == pytest.approx(one.metrics[name]), name


@pytest.mark.luck
def test_a_panel_estimates_reach() -> None:
    scenario = launches.scenario(accounts=3_000)
    stage = launches.set_up(scenario)
    some = dataclasses.replace(stage, panel=3)
    ratios = []
    for seed in range(30):
        every, panel = (play(scenario, on, "everything", seed) for on in (stage, some))
        assert every.metrics["reads"] == panel.metrics["reads"]
        assert every.metrics["reposts"] == panel.metrics["reposts"]
        assert panel.curves["reach"].sum() == pytest.approx(panel.metrics["reach"])
        assert sum(v for k, v in panel.parts.items() if k.startswith("frequency")) == pytest.approx(
            panel.metrics["reach"]
        )
        ratios.append(panel.metrics["reach"] / every.metrics["reach"])
    assert np.ptp(ratios) > 0
    assert np.mean(ratios) == pytest.approx(1.0, abs=0.15)  # the same third each time: 0.07 too many on this graph
