"""The Mesa model: the same bits as the batch path, Mesa's own machinery, and posts that nobody planned."""

import gc
import inspect
import weakref

import mesa
import networkx as nx
import numpy as np
import pytest
from mesa.batchrunner import batch_run

import sim
from sim.graph import grow
from sim.model import agents, campaign, course, launch, stage
from sim.model import cascade as replicate
from sim.runs import compare, play

SEEDS = (5, 11)


@pytest.fixture(scope="module")
def scenario():
    """The shipped launch on 12,000 accounts, with a loud brand and three tenths of the staff."""
    return sim.read("nokia_n8").changed({
        "graph": {"accounts": 12_000},
        "cast": {"brand": {"followers": 3_000_000}, "employees": {"count": 600}},
        "contents": {"launch": {"quality": 8.0}, "loud": {"quality": 60.0, "quality_doubt": 0.0}},
        "response": {"repost_rate": 0.05},
        "attention": {"dormant": 0.2},
    })  # fmt: skip


@pytest.fixture(scope="module")
def ready(scenario):
    return stage.set_stage(scenario, compare.grow_graph(scenario, 1))


def finish(model):
    while model.running:
        model.step()
    return model


def outcome(model):
    return play.measure(model.cascade, model.declared, model.strategy)


def assert_same(one, other):
    assert one.metrics == other.metrics
    assert one.parts == other.parts
    for name, curve in one.curves.items():
        np.testing.assert_array_equal(curve, other.curves[name])


def assert_same_course(one, other):
    """Every repost and every comment by the same account in the same second."""
    for name in ("account", "second", "depth", "words", "chance"):
        np.testing.assert_array_equal(
            np.sort(getattr(one.posts, name)[: one.post_count]), np.sort(getattr(other.posts, name)[: other.post_count])
        )
    for name in ("watch", "reads", "reposts", "comments", "pushes", "likes"):
        np.testing.assert_array_equal(getattr(one.tally, name), getattr(other.tally, name))


# --- one kernel, two drivers ---


@pytest.mark.parametrize("strategy", ["control", "brand_only", "celebrity_seeding", "employee_amplification", "mixed"])
@pytest.mark.parametrize("seed", SEEDS)
def test_a_stepped_campaign_and_a_batch_replicate_give_the_same_bits(scenario, ready, strategy, seed):
    model = finish(sim.CampaignModel(scenario, strategy, rng=seed, stage=ready, materialise=0))
    expected = play.play(scenario, ready, strategy, seed)
    assert strategy == "control" or expected.metrics["reposts"] > 0  # something happened
    assert_same(outcome(model), expected)


def test_followers_as_agents_change_no_bit(scenario, ready):
    made = finish(sim.CampaignModel(scenario, "mixed", rng=5, stage=ready))
    views = finish(sim.CampaignModel(scenario, "mixed", rng=5, stage=ready, materialise=0))
    assert made.materialised
    assert not views.materialised
    assert len(made.agents) - len(views.agents) == len(made.followers) == 12_000
    assert outcome(made).metrics["reposts"] > 0
    assert_same(outcome(made), outcome(views))
    assert made.followers.to_frame().equals(views.followers.to_frame())


def test_it_runs_alone(scenario):
    """Without a stage it grows its own graph, and a read graph is cast by rank."""
    model = sim.CampaignModel(scenario, "brand_only", rng=3, materialise=0)
    model.step()
    assert model.reads > 0
    graph = compare.grow_graph(scenario, 1)
    graph = sim.FollowerGraph(graph.indptr, graph.followers, graph.community_start)
    taken = finish(sim.CampaignModel(scenario, "mixed", rng=3, graph=graph, materialise=0))
    expected = play.play(scenario, stage.set_stage(scenario, graph), "mixed", 3)
    assert expected.metrics["reposts"] > 0
    assert_same(outcome(taken), expected)
    cast = {agent.account for agent in taken.cast}
    assert len(taken.followers) + len(cast) == graph.accounts
    assert not cast & set(taken.followers.accounts.tolist())


def test_computed_rows_give_the_same_bits(scenario, ready):
    growth = ready.casting.graph.growth
    model = sim.CampaignModel(scenario, "mixed", rng=5, graph=grow.grow(growth, on_demand=True), materialise=0)
    assert not model.graph.stored
    assert_same(outcome(finish(model)), play.play(scenario, ready, "mixed", 5))
    assert model.agent("brand").followers == ready.casting.graph.row(model.agent("brand").account).size


def test_room_is_made_for_late_posts(scenario, ready):
    """A calendar of one event takes a hundred posts that come later; Numba checks no bounds."""
    plan = launch.plan(scenario.strategies["mixed"], ready.casting, scenario.contents, ready.answer, ready.hours, 5)
    none = launch.plan(scenario.strategies["control"], ready.casting, scenario.contents, ready.answer, ready.hours, 5)
    late = replicate.Cascade(ready, none, 5, replicate.Sizes(events=1))
    late.extend(plan)
    late.plan(0, plan.size)
    late.advance(ready.hours)
    assert plan.size > 100
    assert_same_course(late, replicate.play(ready, plan, 5))


def test_after_the_horizon_nothing_happens(scenario, ready):
    model = finish(sim.CampaignModel(scenario, "brand_only", rng=5, stage=ready, materialise=0))
    before = outcome(model)
    model.step()
    assert model.hour == ready.hours
    assert not model.running
    assert_same(outcome(model), before)


def test_numbers_on_the_model_are_the_outcome(scenario, ready):
    model = finish(sim.CampaignModel(scenario, "mixed", rng=5, stage=ready, materialise=0))
    expected = outcome(model).metrics
    assert expected["complaints"] > 0
    for name in ("pushes", "reads", "reach", "reposts", "comments", "messages", "likes", "complaints"):
        assert getattr(model, name) == pytest.approx(expected[name], rel=1e-12), name
    fees = sum(scenario.prices.fee(kol, scenario.market) for kol in scenario.cast.kols)
    brand = scenario.strategies["mixed"].posts[0].times * scenario.prices.post_minutes * scenario.prices.staff_minute
    staff = [agent for agent in model.cast if isinstance(agent, sim.Employee)]
    posts = sum(agent.posts for agent in staff)
    took_part = sum(agent.posts > 0 for agent in staff)
    assert 0 < took_part < 600
    assert model.spent == pytest.approx(fees + brand + posts * 2.0 + took_part * scenario.prices.programme)


# --- luck ---


def test_rng_names_the_luck(scenario, ready):
    def luck(rng):
        return sim.CampaignModel(scenario, "control", rng=rng, stage=ready, materialise=0).luck

    assert luck(7) == 7
    assert luck(np.int64(7)) == 7
    assert luck(None) != luck(None)
    assert luck(np.random.default_rng(7)) == luck(np.random.default_rng(7)) != 7


# --- posts that nobody planned ---


def changed(scenario, posts):
    return scenario.changed({"strategies": {"brand_only": {"posts": posts}}})


@pytest.mark.parametrize(
    ("by", "content"), [("kol_1", "launch"), ("kol_8", "loud"), ("brand", "launch"), ("brand", "loud")]
)
def test_an_unplanned_post_is_the_planned_one(scenario, ready, by, content):
    """Published from outside at hour 30, it gives the bits of the strategy that had planned it.

    It has the same label, so the same luck; that the gates were closed without it must not tell.
    """
    posts = [{"by": "brand", "at": 0.0, "times": 2, "every": 12.0}]
    planned = changed(scenario, [*posts, {"by": by, "at": 30.25, "content": content}])
    model = sim.CampaignModel(changed(scenario, posts), "brand_only", rng=5, stage=ready, materialise=0)
    for _ in range(30):
        model.step()
    gates = model.cascade.stories.repost_gate.copy()
    model.publish(by, content, at_second=int(30.25 * 3600))
    finish(model)
    expected = course.play(planned, ready, "brand_only", 5).run
    assert expected.practices  # followers change every night, when it is played again too
    if content == "loud":
        assert (model.cascade.stories.repost_gate < gates).any()  # they had to be opened
    assert expected.tally.reposts[31:].sum() > 0
    assert_same_course(model.cascade, expected)


def test_unplanned_posts_of_many_are_the_planned_ones(scenario, ready):
    """Every employee volunteers twice: hours of several posts, numbered behind the planned ones."""

    class Eager(sim.Employee):
        def decide(self):
            extra = [self.post(minutes=self.member % 60)] if self.model.hour in (3, 20) else []
            return [*super().decide(), *extra]

    first = [{"by": "brand", "at": 0.0}, {"by": "employees", "at": 1.0}]
    model = sim.CampaignModel(
        changed(scenario, first), "brand_only", rng=5, stage=ready, materialise=0, agent_classes={"employee": Eager}
    )
    finish(model)
    staff = ready.casting.roles["employees"]
    twice = [{"by": "employees", "at": 3.0}, {"by": "employees", "at": 20.0}]
    strategy = changed(scenario, [*first, *twice]).strategies["brand_only"]
    plan = launch.plan(strategy, ready.casting, scenario.contents, ready.answer, ready.hours, 5)
    member = {int(account): i for i, account in enumerate(staff.accounts)}
    for row in np.flatnonzero((plan.messenger == campaign.response.EMPLOYEE) & (plan.second >= 3 * 3600)):
        plan.second[row] += 60 * (member[int(plan.account[row])] % 60)
    assert_same_course(model.cascade, replicate.play(ready, plan, 5))
    assert model.published().size == 1 + 3 * 600


def test_publish_refuses_what_cannot_be(scenario, ready):
    model = sim.CampaignModel(scenario, "mixed", rng=5, stage=ready, materialise=0)
    model.step()
    with pytest.raises(sim.UserError, match="lies in the past: hour 1 begins at 3,600"):
        model.publish("brand", at_second=10)
    with pytest.raises(sim.UserError, match=r"content 'lunch' is not declared.*Known: launch, .*loud"):
        model.publish("brand", "lunch")
    with pytest.raises(sim.UserError, match="account 17 is not in the cast"):
        model.publish(17)
    with pytest.raises(sim.UserError, match="'kol_9' is not a role"):
        model.publish("kol_9")
    brand = model.agent("brand")
    plan = brand.planned(12)
    assert plan
    model.publish(brand, plan[0])
    with pytest.raises(sim.UserError, match="published already"):
        model.publish(brand, plan[0])
    with pytest.raises(sim.UserError, match="does not belong"):
        model.publish("kol_1", model.agent("kol_2").planned(2)[0] if model.agent("kol_2").planned(2) else plan[0])
    model.publish("brand", at_second=10**7)  # beyond the horizon: dropped, as in a plan
    finish(model)
    assert model.agent("brand").posts == scenario.strategies["mixed"].posts[0].times


def test_bad_arguments_are_named(scenario, ready):
    with pytest.raises(sim.UserError, match=r"'mixd' is not a strategy.*Known: control, brand_only"):
        sim.CampaignModel(scenario, "mixd", stage=ready)
    with pytest.raises(sim.UserError, match="'kols' is no kind and no role"):
        sim.CampaignModel(scenario, "mixed", stage=ready, agent_classes={"kols": sim.Celebrity})
    with pytest.raises(sim.UserError, match=r"a subclass of sim\.model\.agents\.Celebrity is allowed"):
        sim.CampaignModel(scenario, "mixed", stage=ready, agent_classes={"kol": sim.Employee})
    with pytest.raises(sim.UserError, match="set for another scenario"):
        sim.CampaignModel(scenario.changed({"days": 5}), "mixed", stage=ready)
    with pytest.raises(sim.UserError, match=r"'scenario': \[scenario\]"):
        batch_run(sim.CampaignModel, {"scenario": scenario, "strategy": "mixed"}, display_progress=False)


# --- Mesa's own machinery ---


def test_agents_are_mesa_agents(scenario, ready):
    model = sim.CampaignModel(scenario, "mixed", rng=5, stage=ready)
    assert set(model.agent_types) == {sim.Brand, sim.Celebrity, sim.Employee, sim.Follower}
    assert len(model.agents_by_type[sim.Celebrity]) == 8
    assert len(model.agents_by_type[sim.Employee]) == 600
    assert sorted(model.agents.get("unique_id")) == list(range(ready.accounts))
    kols = model.agents.select(agent_type=sim.Celebrity).sort("followers")
    assert [agent.role for agent in kols] == [f"kol_{i}" for i in range(1, 9)]
    assert model.agents.groupby("dormant").count()[True] > 0
    assert model.agent("leader") if "leader" in ready.casting.roles else True


def test_batch_run(scenario, ready):
    """Mesa 3.3 takes seeds as a parameter, 3.5 as an argument of their own."""
    seeds = {"rng": list(SEEDS)}
    apart = "rng" in inspect.signature(batch_run).parameters
    rows = batch_run(
        sim.CampaignModel,
        {
            "scenario": [scenario],
            "strategy": ["brand_only", "celebrity_seeding"],
            "stage": ready,
            "materialise": 0,
            **({} if apart else seeds),
        },
        display_progress=False,
        **(seeds if apart else {}),
    )
    found = {(row["strategy"], row["rng"]): row for row in rows}
    assert len(found) == 4
    for (strategy, seed), row in found.items():
        expected = play.play(scenario, ready, strategy, seed).metrics
        assert expected["reach"] > 0
        for name in ("reach", "reads", "reposts", "messages"):
            assert row[name] == pytest.approx(expected[name], rel=1e-12)


def test_a_data_collector_of_ones_own(scenario, ready):
    collector = mesa.DataCollector(
        model_reporters={
            "reach": "reach",
            "mean_exposures": lambda model: float(model.followers.agg("exposures", np.mean)),
            "by_community": lambda model: model.followers.groupby("community").agg("reposted", np.sum),
        },
        agent_reporters={"posts": lambda agent: getattr(agent, "posts", None)},
    )
    model = sim.CampaignModel(scenario, "mixed", rng=5, stage=ready, materialise=0, datacollector=collector)
    finish(model)
    frame = collector.get_model_vars_dataframe()
    assert len(frame) == ready.hours
    assert frame["reach"].is_monotonic_increasing
    assert frame["mean_exposures"].iloc[-1] > 0
    assert sum(frame["by_community"].iloc[-1].values()) == int(model.followers.agg("reposted", np.sum)) > 0
    posts = collector.get_agent_vars_dataframe()["posts"].xs(ready.hours, level="Step")
    assert posts.sum() == model.published().size


def test_the_network_is_the_followers_network(scenario, ready):
    model = sim.CampaignModel(scenario, "brand_only", rng=5, stage=ready, materialise=0)
    assert isinstance(model.network, nx.DiGraph)
    brand = model.agent("brand")
    assert model.network.out_degree(brand.node) == brand.followers == brand.row.size
    assert model.space is None  # too large for Mesa's cells


def test_small_graphs_have_a_space_of_cells(scenario):
    small = scenario.changed({"graph": {"accounts": 600}, "cast": {"employees": {"count": 20}}})
    model = sim.CampaignModel(small, "brand_only", rng=5)
    brand = model.agent("brand")
    assert brand.cell is None
    cells = model.space
    assert brand.cell is cells[brand.node]
    followers = {agent.account for cell in brand.cell.connections.values() for agent in cell.agents}
    assert followers == set(brand.row.tolist())
    assert len(cells.agents) == len(model.agents)


def test_a_removed_kol_publishes_nothing(scenario, ready):
    model = sim.CampaignModel(scenario, "celebrity_seeding", rng=5, stage=ready)
    model.agent("kol_1").remove()
    follower = model.follower(3)
    follower.remove()
    finish(model)
    accounts = set(model.cascade.messages.account[model.published()].tolist())
    assert int(ready.casting.roles["kol_1"].accounts[0]) not in accounts
    assert int(ready.casting.roles["kol_2"].accounts[0]) in accounts
    assert follower not in model.agents


def test_a_model_is_let_go(scenario, ready):
    """Mesa 3.3 counts agents in a dictionary that keeps every model; ours must not be kept."""
    model = sim.CampaignModel(scenario, "brand_only", rng=5, stage=ready)
    model.step()
    held = weakref.ref(model)
    del model
    gc.collect()
    assert held() is None


def test_mesas_word_scenario_is_left_to_mesa(scenario, ready):
    model = sim.CampaignModel(scenario, "brand_only", rng=5, stage=ready, materialise=0)
    assert model.declared is scenario
    assert getattr(model, "scenario", None) is None
    with pytest.raises(AttributeError, match="declared"):
        _ = model.scenario


def test_agents_know_only_handles():
    """No agent keeps a copy of array state."""
    assert "campaign" not in {name for name in vars(agents) if not name.startswith("_")}
