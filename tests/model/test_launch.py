"""Plans: who posts what and when, with luck that belongs to the action and never to the strategy."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sim.kernels import response
from sim.model import launch
from tests.reference import launches


@pytest.fixture(scope="module")
def scene():
    scenario = launches.scenario(
        cast={
            "brand": {"audience": 0.1},
            "kols": [{"name": "anna", "audience": 0.2}, {"name": "ben", "audience": 0.1}],
            "leader": {"audience": 0.05},
            "employees": {"count": 200, "audience": 0.005},
        }
    )
    return scenario, launches.set_up(scenario)


def planned(scene, posts: list[dict], seed: int = 1, **contents) -> launch.Plan:
    scenario, stage = scene
    strategy = launch.Strategy(posts=tuple(launch.Action(**post) for post in posts))
    return launch.plan(strategy, stage.casting, scenario.contents | contents, stage.answer, stage.hours, seed)


def test_times_and_every(scene) -> None:
    plan = planned(scene, [{"by": "brand", "at": 1.5, "times": 4, "every": 10}])
    assert (plan.second / 3600).tolist() == [1.5, 11.5, 21.5, 31.5]
    assert (plan.account == scene[1].casting.roles["brand"].accounts[0]).all()
    assert (plan.messenger == response.BRAND).all()
    assert np.unique(plan.label).size == 4


def test_posts_beyond_the_horizon_are_left_out(scene) -> None:
    plan = planned(scene, [{"by": "brand", "at": 40, "times": 10, "every": 3}])
    assert (plan.second / 3600).tolist() == [40, 43, 46]


def test_kols_are_all_kols(scene) -> None:
    together = planned(scene, [{"by": "kols", "at": 2, "spread": 5}])
    apart = planned(scene, [{"by": "anna", "at": 2, "spread": 5}, {"by": "ben", "at": 2, "spread": 5}])
    assert together.size == 2
    for name, column in vars(together).items():
        assert (column == getattr(apart, name)).all(), name


def test_messengers_and_heads(scene) -> None:
    plan = planned(scene, [{"by": by} for by in ("brand", "kols", "leader", "employees")])
    assert np.bincount(plan.messenger, minlength=4).tolist() == [1, 2, 200, 1]
    roles = scene[1].casting.roles
    heads = {int(a): h for role in roles.values() for a, h in zip(role.accounts, role.heads, strict=True)}
    assert plan.followers.tolist() == [heads[int(account)] for account in plan.account]
    assert plan.followers[plan.account == roles["anna"].accounts[0]][0] == pytest.approx(20_000)


@pytest.mark.luck
def test_spread_is_uniform_and_participation_a_share(scene) -> None:
    plan = planned(scene, [{"by": "employees", "at": 1, "spread": 8, "participation": 0.6}])
    assert abs(plan.size - 120) < 5 * np.sqrt(200 * 0.24)
    hours = plan.second / 3600
    assert 1 <= hours.min() < 2
    assert 8 < hours.max() <= 9
    assert abs(hours.mean() - 5) < 5 * 8 / np.sqrt(12 * plan.size)


def test_who_takes_part_is_nested_and_belongs_to_the_role(scene) -> None:
    few, many = (
        planned(scene, [{"by": "employees", "participation": share, "times": 2, "every": 24}]) for share in (0.2, 0.5)
    )
    first = [set(plan.account[plan.second < 3600].tolist()) for plan in (few, many)]
    second = [set(plan.account[plan.second > 3600].tolist()) for plan in (few, many)]
    assert first[0] < first[1]
    assert second[0] < second[1]
    assert first[1] == second[1]


def test_the_same_post_has_the_same_luck_in_every_strategy(scene) -> None:
    small = planned(scene, [{"by": "employees", "spread": 8, "participation": 0.5}])
    large = planned(
        scene,
        [{"by": "brand", "times": 3}, {"by": "employees", "spread": 8, "participation": 0.5}, {"by": "kols", "at": 3}],
    )
    both = np.isin(large.label, small.label)
    assert both.sum() == small.size > 50
    for name in ("account", "second", "label", "followers"):
        assert (getattr(large, name)[both] == getattr(small, name)).all(), name


def test_other_seed_other_people(scene) -> None:
    one, other = (planned(scene, [{"by": "employees", "spread": 8, "participation": 0.5}], seed) for seed in (1, 2))
    assert set(one.account.tolist()) != set(other.account.tolist())
    # the n-th post keeps its label: what differs is luck, not its name
    assert set(one.label.tolist()) & set(other.label.tolist())


def test_contents_reach_the_plan(scene) -> None:
    survey = launch.Content(quality=0.7, quality_doubt=0.1, comments=3.0, question=0.6)
    plan = planned(scene, [{"by": "brand"}, {"by": "brand", "content": "survey", "at": 1}], survey=survey)
    answer = scene[1].answer
    assert plan.quality.tolist() == [1.0, 0.7]
    assert plan.doubt.tolist() == [0.5, 0.1]
    assert plan.comment == pytest.approx([answer.comment_ratio, 3 * answer.comment_ratio])
    assert plan.mix.tolist() == [
        [answer.praise, answer.question, answer.complaint],
        [answer.praise, 0.6, answer.complaint],
    ]


def test_nothing_planned(scene) -> None:
    plan = planned(scene, [])
    assert plan.size == 0
    assert plan.mix.shape == (0, 3)


@settings(max_examples=50)
@given(
    st.lists(
        st.fixed_dictionaries(
            {
                "by": st.sampled_from(["brand", "kols", "anna", "leader", "employees"]),
                "at": st.floats(0, 47),
                "times": st.integers(1, 4),
                "every": st.floats(0, 20),
                "spread": st.floats(0, 20),
                "participation": st.floats(0, 1),
            }
        ),
        max_size=5,
    ),
    st.integers(0, 2**40),
)
def test_plans_are_in_order_and_named_once(scene, posts: list[dict], seed: int) -> None:
    plan = planned(scene, posts, seed)
    order = list(zip(plan.second.tolist(), plan.account.tolist(), strict=True))
    assert order == sorted(order)
    assert np.unique(plan.label).size == plan.size
    assert plan.size == 0 or 0 <= plan.second[0] <= plan.second[-1] < 48 * 3600
    again = planned(scene, list(reversed(posts)), seed)
    assert again.label.tolist() == plan.label.tolist()
    assert again.second.tolist() == plan.second.tolist()


ACTIONS = st.fixed_dictionaries(
    {
        "by": st.sampled_from(["brand", "kols", "anna", "employees", "leader"]),
        "at": st.sampled_from([0.0, 1.0, 30.0]),
        "times": st.integers(1, 3),
        "every": st.sampled_from([0.0, 1.0, 30.0]),
        "spread": st.sampled_from([0.0, 2.0]),
        "participation": st.sampled_from([0.05, 1.0]),
        "content": st.sampled_from(["launch", "news", "offer"]),
    }
)


@settings(max_examples=60, deadline=None)
@given(st.lists(ACTIONS, max_size=5), st.integers(0, 2**32))
def test_a_plan_in_columns_is_the_plan_post_by_post(scene, posts: list[dict], seed: int) -> None:
    """Where practices look at every post, posts become objects and columns again; the plan stays what it was."""
    scenario, stage = scene
    contents = scenario.contents | {"news": launch.Content(story="own"), "offer": launch.Content(quality=2.0)}
    strategy = launch.Strategy(posts=tuple(launch.Action(**post) for post in posts))
    common = strategy, stage.casting, contents, stage.answer, stage.hours, seed
    plain = launch.plan(*common)
    looked = launch.plan(*common, moves=[sorted])
    assert plain.size > 0 or not posts or all(post["participation"] < 1 for post in posts)
    for name, column in vars(plain).items():
        assert (column == getattr(looked, name)).all(), name
        assert column.dtype == getattr(looked, name).dtype, name
    order = list(zip(plain.second.tolist(), plain.account.tolist(), strict=True))
    assert order == sorted(order)
    assert np.unique(plain.label).size == plain.size
