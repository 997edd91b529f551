"""Decisions in Python: the default is the plan; subclasses post at other hours, decline, add."""

import numpy as np
import pytest

import sim
from sim.model import agents, stage
from sim.runs import compare, play
from tests.reference import luck


@pytest.fixture(scope="module")
def scenario():
    """A small, loud launch with a leader and 60 employees."""
    return sim.read("nokia_n8").changed({
        "graph": {"accounts": 5_000},
        "days": 2,
        "cast": {
            "brand": {"followers": 3_000_000},
            "leader": {"followers": 1_500_000},
            "employees": {"count": 60, "followers": 60_000},
        },
        "contents": {"launch": {"quality": 8.0}, "thanks": {"quality": 1.0}},
        "response": {"repost_rate": 0.05},
        "attention": {"dormant": 0.2},
        "strategies": {"twin_star": {"posts": [
            {"by": "brand", "at": 0.0, "content": "launch"},
            {"by": "brand", "at": 6.0, "content": "thanks"},
            {"by": "leader", "at": 1.0, "times": 2, "every": 5.0},
            {"by": "kol_3", "at": 2.5},
            {"by": "employees", "at": 3.0, "spread": 4.0, "participation": 0.5},
        ]}},
    })  # fmt: skip


@pytest.fixture(scope="module")
def ready(scenario):
    return stage.set_stage(scenario, compare.grow_graph(scenario, 1))


@pytest.fixture
def campaign(scenario, ready):
    """Build a model of the twin star; with finish, played to the end."""

    def build(*, finish=True, seed=5, **given):
        model = sim.CampaignModel(scenario, "twin_star", rng=seed, stage=ready, materialise=0, **given)
        while finish and model.running:
            model.step()
        return model

    return build


def seconds_of(model, role):
    accounts = model.stage.casting.roles[role].accounts
    messages = model.cascade.messages
    rows = model.published()
    return sorted(messages.second[rows][np.isin(messages.account[rows], accounts)].tolist())


def test_everyone_has_an_agent_of_their_kind(campaign):
    model = campaign(finish=False)
    kinds = [type(agent) for agent in model.cast]
    assert kinds == [sim.Brand, *[sim.Celebrity] * 8, sim.Leader, *[sim.Employee] * 60]
    leader = model.agent("leader")
    assert (leader.role, leader.member, leader.posts) == ("leader", 0, 0)
    assert leader.followers == leader.row.size > 0
    assert leader.heads == 1_500_000
    assert all(agent.dormant and agent.exposures == 0 for agent in model.cast)  # the cast only publish


def test_planned_posts_carry_their_content(campaign):
    model = campaign(finish=False)
    brand = model.agent("brand")
    assert [(p.second, p.content) for p in brand.planned(0)] == [(0, "launch")]
    assert [(p.second, p.content) for p in brand.planned(6)] == [(6 * 3600, "thanks")]
    assert brand.planned(1) == []
    assert [p.second for p in model.agent("kol_3").planned(2)] == [9_000]


def test_agents_carry_their_numbers(campaign):
    model = campaign()
    messages = model.cascade.messages
    leader = model.agent("leader")
    rows = messages.account == leader.account
    assert leader.posts == 2
    assert leader.reads == messages.reads[rows].sum() * model.stage.factor > 0
    assert leader.reposts == messages.reposts[rows].sum() * model.stage.factor > 0
    assert leader.fee == 240.0
    assert model.agent("kol_1").fee == 500 + 0.02 * 3_000_000
    assert model.agent("kol_1").posts == 0


def test_one_may_decline(campaign):
    class Shy(sim.Celebrity):
        def decide(self):
            return []

    model = campaign(agent_classes={"kol": Shy})
    assert seconds_of(model, "kol_3") == []
    assert seconds_of(model, "leader") == [3600, 6 * 3600]
    assert seconds_of(campaign(), "kol_3") == [9_000]


def test_one_may_post_later_and_keeps_the_luck(campaign, scenario, ready):
    class Late(sim.Leader):
        """Posts ten hours later than asked."""

        def decide(self):
            return [self.at(post, 10 + post.second / 3600) for post in super().decide()]

    model = campaign(agent_classes={"leader": Late})
    assert seconds_of(model, "leader") == [11 * 3600, 16 * 3600]
    posts = [dict(action) for action in scenario.strategies["twin_star"].model_dump()["posts"]]
    posts[2]["at"] = 11.0
    planned = scenario.changed({"strategies": {"twin_star": {"posts": posts}}})
    expected = play.play(planned, ready, "twin_star", 5)
    assert expected.metrics["reposts"] > 0
    assert play.measure(model.cascade, scenario, "twin_star").metrics == expected.metrics


def test_one_role_may_be_different(campaign):
    class Rebel(sim.Celebrity):
        def decide(self):
            return [self.post("thanks")] if self.model.hour == 7 else []

    model = campaign(agent_classes={"kol_3": Rebel})
    assert isinstance(model.agent("kol_3"), Rebel)
    assert type(model.agent("kol_4")) is sim.Celebrity
    assert seconds_of(model, "kol_3") == [7 * 3600]


def test_a_class_of_ones_own_model(scenario, ready):
    class Shy(sim.Brand):
        def decide(self):
            return []

    class ShyCampaign(sim.CampaignModel):
        agent_classes = {"brand": Shy}

    model = ShyCampaign(scenario, "brand_only", rng=5, stage=ready, materialise=0)
    while model.running:
        model.step()
    assert model.reads == 0
    assert model.spent == 0


def test_employees_decide_by_what_others_did(campaign):
    """Whoever's luck says so passes the brand's post on in the hour after it."""

    class Loyal(sim.Employee):
        def decide(self):
            joins = self.model.agent("brand").posted() and self.uniform("joins", self.model.hour) < 0.4
            return [self.post(minutes=60 * self.uniform("minute", self.model.hour))] if joins else []

    model = campaign(agent_classes={"employee": Loyal})
    staff = [agent for agent in model.cast if isinstance(agent, Loyal)]
    assert 0 < sum(agent.posts for agent in staff) < 2 * len(staff)
    assert {second // 3600 for second in seconds_of(model, "employees")} == {1, 7}
    assert model.agent("brand").posted(0) == model.agent("brand").posted(6) == 1
    assert model.agent("brand").posted(5) == model.agent("brand").posted() == 0
    assert campaign(agent_classes={"employee": Loyal}).reads == model.reads > 0


@pytest.mark.luck
def test_draws_are_labelled(campaign):
    one, other = (campaign(finish=False, seed=luck.seed(5)).cast for _ in range(2))
    forwards = [agent.uniform("joins", 3) for agent in one]
    backwards = [agent.uniform("joins", 3) for agent in reversed(other)][::-1]
    assert forwards == backwards
    assert len(set(forwards)) == len(forwards)
    assert one[0].uniform("joins", 4) != forwards[0]
    assert [agent.uniform("joins", 3) for agent in campaign(finish=False, seed=6).cast] != forwards
    many = np.array([agent.uniform("share", hour) for agent in one[-60:] for hour in range(50)])
    assert abs(many.mean() - 0.5) < 5 * (1 / 12 / many.size) ** 0.5


def test_the_order_of_asking_does_not_matter(campaign):
    class Volunteer(sim.Employee):
        def decide(self):
            return (
                [self.post(minutes=60 * self.uniform("minute", self.model.hour))] if self.uniform("joins") < 0.5 else []
            )

    def reversed_step(model):
        for agent in reversed(model.cast):
            agent.step()
        model._deciders = set()
        model.agenda._authors = [frozenset()] * model.stage.hours

    forwards = campaign(finish=False, agent_classes={"employee": Volunteer})
    backwards = campaign(finish=False, agent_classes={"employee": Volunteer})
    forwards.step()
    reversed_step(backwards)
    backwards.step()
    assert forwards.reads == backwards.reads > 0
    np.testing.assert_array_equal(forwards.cascade.tally.watch, backwards.cascade.tally.watch)


def test_every_class_is_a_mesa_agent():
    assert all(issubclass(kind, agents.mesa.Agent) for kind in agents.CLASSES.values())
