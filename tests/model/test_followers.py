"""The followers' set answers like Mesa's AgentSet of real agents, and from the arrays."""

import gc

import mesa
import numpy as np
import pytest

import sim
from sim.kernels import calendar
from sim.model import followers, stage
from sim.runs import compare

SIZE = 3_000


@pytest.fixture(scope="module")
def scenario():
    return sim.read("nokia_n8").changed({
        "graph": {"accounts": SIZE, "community_size": 500},
        "cast": {"brand": {"followers": 6_000_000}, "employees": {"count": 50}},
        "contents": {"launch": {"quality": 8.0}},
        "response": {"repost_rate": 0.05},
        "attention": {"dormant": 0.2},
    })  # fmt: skip


@pytest.fixture(scope="module")
def ready(scenario):
    return stage.set_stage(scenario, compare.grow_graph(scenario, 1))


def played(scenario, ready, **given):
    model = sim.CampaignModel(scenario, "mixed", rng=5, stage=ready, **given)
    for _ in range(30):
        model.step()
    return model


@pytest.fixture(scope="module")
def made(scenario, ready):
    """A model whose followers are agents."""
    return played(scenario, ready)


@pytest.fixture(scope="module")
def viewed(scenario, ready):
    """The same without."""
    return played(scenario, ready, materialise=0)


@pytest.fixture(scope="module", params=["made", "viewed"])
def both(request):
    return request.getfixturevalue(request.param)


@pytest.fixture(scope="module")
def theirs(made):
    """Mesa's own set of the same agents."""
    return made.agents.select(agent_type=sim.Follower)


def test_it_is_as_long_as_mesas(both, theirs):
    assert len(both.followers) == len(theirs) == SIZE
    assert [agent.account for agent in both.followers] == [agent.account for agent in theirs]


def test_every_column_is_what_the_agents_say(both, theirs):
    for name in followers.COLUMNS:
        column = both.followers.get(name)
        assert isinstance(column, np.ndarray)
        assert column.tolist() == theirs.get(name), name
        assert np.unique(column).size > 1, name  # something to compare
    sample = both.followers.select(at_most=25)
    assert sample.get(["account", "reposted"]) == theirs.select(at_most=25).get(["account", "reposted"])
    assert sample.map(lambda agent: agent.exposures) == sample.get("exposures").tolist()


def test_columns_are_what_the_arrays_say(made, ready):
    watch = made.cascade.tally.watch
    frame = made.followers.to_frame()
    assert frame["exposures"].tolist() == watch["times"][:SIZE].tolist()
    np.testing.assert_array_equal(frame["first_read"] >= 0, watch["first"][:SIZE] < 30 * 3600)
    posts = made.cascade.post_count
    passed_on = made.cascade.posts.account[:posts][made.cascade.posts.parent[:posts] >= 0]
    assert frame.index[frame["reposted"]].tolist() == sorted(a for a in passed_on.tolist() if a < SIZE)
    talk = made.cascade.tally.talk_account[: made.cascade.state[calendar.COMMENTS]]
    assert set(frame.index[frame["commented"]]) == {a for a in talk.tolist() if a < SIZE}
    assert not (frame["dormant"] & (frame["exposures"] > 0)).any()
    assert frame["followers"].tolist() == [ready.casting.graph.row(a).size for a in range(SIZE)]
    brand = made.agent("brand")
    assert frame.index[frame["follows_brand"]].tolist() == [a for a in brand.row.tolist() if a < SIZE]


def test_aggregates(both, theirs):
    assert both.followers.agg("exposures", np.sum) == theirs.agg("exposures", np.sum) > 0
    assert both.followers.agg("followers", [min, max]) == theirs.agg("followers", [min, max])


def test_select(both, theirs):
    mine, mesas = both.followers, theirs
    keen = mine.select(dormant=False, exposures=lambda n: n > 3)
    assert 0 < len(keen) < SIZE
    expected = mesas.select(lambda agent: not agent.dormant and agent.exposures > 3)
    assert keen.accounts.tolist() == [agent.account for agent in expected]
    asked = mine.select(lambda agent: not agent.dormant and agent.exposures > 3)
    assert asked.accounts.tolist() == keen.accounts.tolist()
    masked = mine.select(mine.get("exposures") > 3, dormant=False)
    assert masked.accounts.tolist() == keen.accounts.tolist()
    assert mine.count(dormant=False, exposures=lambda n: n > 3) == len(keen)
    for at_most in (7, 0.1, 0.0, 1.0):
        assert len(mine.select(at_most=at_most)) == len(mesas.select(at_most=at_most))
    assert mine.select(lambda agent: agent.reposted, at_most=2).accounts.tolist() == [
        agent.account for agent in mesas.select(lambda agent: agent.reposted, at_most=2)
    ]
    assert len(mine.select(agent_type=sim.Follower)) == SIZE
    assert len(mine.select(agent_type=mesa.Agent)) == SIZE
    assert len(mine.select(agent_type=sim.Brand)) == 0
    subset = mine.select(at_most=5)
    assert subset.select(community=0, inplace=True) is subset


def test_sort_and_shuffle(both, theirs):
    for ascending in (False, True):
        mine = both.followers.sort("exposures", ascending=ascending)
        expected = theirs.sort("exposures", ascending=ascending)
        assert mine.accounts.tolist() == [agent.account for agent in expected]
    few = both.followers.select(at_most=50)
    assert few.sort(lambda agent: -agent.account).accounts.tolist() == list(range(50))
    shuffled = few.shuffle()
    assert shuffled.accounts.tolist() != few.accounts.tolist()
    assert sorted(shuffled.accounts.tolist()) == few.accounts.tolist()


def test_groupby(both, theirs):
    groups = both.followers.groupby("community")
    expected = theirs.groupby("community")
    assert len(groups) == len(expected) > 2
    assert groups.count() == expected.count()
    assert groups.agg("exposures", np.sum) == expected.agg("exposures", np.sum)
    assert dict(groups).keys() == groups.groups.keys()
    assert groups.map(len) == groups.map("__len__") == groups.count()
    by_function = both.followers.select(at_most=40).groupby(lambda agent: agent.account % 3)
    assert by_function.count() == {0: 14, 1: 13, 2: 13}
    by_array = both.followers.groupby(both.followers.get("exposures") > 0, result_type="list")
    assert by_array.count()[True] == both.followers.count(exposures=lambda n: n > 0) > 0


def test_membership_and_items(both, made, viewed):
    mine = both.followers
    agent = mine[3]
    assert isinstance(agent, sim.Follower)
    assert agent is mine[3] is both.follower(3) is both.agent(3)
    assert agent in mine
    assert agent not in mine.select(at_most=3)
    assert both.agent("brand") not in mine
    other = viewed if both is made else made
    assert other.followers[3] not in mine  # of another model
    assert "kol_1" not in mine
    assert [a.account for a in mine[2:5]] == [2, 3, 4]
    assert mine[-1].account == SIZE - 1
    with pytest.raises(IndexError):
        mine[SIZE]


def test_do(both):
    seen = []
    few = both.followers.select(at_most=4)
    assert few.do(lambda agent, mark: seen.append((mark, agent.account)), "a") is few
    assert seen == [("a", 0), ("a", 1), ("a", 2), ("a", 3)]
    few.do("step")
    few.shuffle_do(lambda agent: seen.append(agent.account))
    assert sorted(seen[4:]) == [0, 1, 2, 3]


def test_views_are_not_kept(viewed):
    """A handle lives as long as someone holds it."""
    held = viewed.followers[11]
    viewed.followers.select(at_most=500).do("step")
    gc.collect()
    assert len(viewed._views) < 20
    assert viewed.followers[11] is held
    assert held not in viewed.agents


def test_a_subclass_of_followers(scenario, ready):
    class Reader(sim.Follower):
        @property
        def keen(self):
            return self.exposures > 3

    for materialise in (0, 10_000):
        model = played(scenario, ready, materialise=materialise, agent_classes={"follower": Reader})
        assert isinstance(model.followers[0], Reader)
        assert 0 < len(model.followers.select(lambda agent: agent.keen)) < SIZE
        assert sum(model.followers.get("keen")) == model.followers.count(exposures=lambda n: n > 3)


def test_a_panel_says_what_it_does_not_know(scenario, ready):
    """Above four million accounts some are watched; the others' exposures are NaN, never a wrong number."""
    import dataclasses

    scenario = scenario.changed({"growth": None})  # a panel counts followers and leaves the row
    model = played(scenario, dataclasses.replace(ready, panel=5), materialise=0)
    full = played(scenario, ready, materialise=0)
    exposures = model.followers.get("exposures")
    watched = model.followers.accounts % 5 == 0
    assert np.isnan(exposures[~watched]).all()
    np.testing.assert_array_equal(exposures[watched], full.followers.get("exposures")[watched])
    assert exposures[watched].sum() > 0
    assert (model.followers.get("first_read")[~watched] == -1).all()


def test_refusals(both):
    with pytest.raises(sim.UserError, match="no column 'age'"):
        both.followers.select(age=3)
    with pytest.raises(sim.UserError, match="The mask has type int64"):
        both.followers.select(np.arange(SIZE))
    with pytest.raises(AttributeError):
        both.followers.get("age")
    assert both.followers.select(at_most=2).get("age", "default", 9) == [9, 9]
    with pytest.raises(ValueError, match="'error' and 'default'"):
        both.followers.get("age", "whatever")
    with pytest.raises(sim.UserError, match="not one of 0 to"):
        both.follower(10**7)
