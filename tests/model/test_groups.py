"""Account groups pass on what their structure says and no more; staff share of their own accord."""

from collections import Counter

import numpy as np
import pytest

from sim.kernels import response
from sim.model import casting, costs, course
from sim.runs import play
from sim.scenario.schema import Scenario
from tests.reference import launches, luck

GROUPS = {name: {"structure": name} for name in ("single", "dandelion", "hub", "twin_star")}
CAST = {
    "brand": {"audience": 0.1},
    "leader": {"audience": 0.15},
    "branches": [
        {"name": "north", "audience": 0.03, "overlap": 0.5},
        {"name": "south", "audience": 0.03, "city": True, "overlap": 0.0},
    ],
    "employees": {"count": 40, "audience": 0.005},
}
POSTS = [{"by": "brand", "times": 20, "every": 2}]


def scenario(**tables) -> Scenario:
    strategies = {name: {"posts": POSTS, "group": name} for name in GROUPS}
    strategies["branch"] = {"posts": [{"by": "north", "times": 20, "every": 2}], "group": "hub"}
    strategies["petals"] = {"posts": [{"by": "north", "times": 20, "every": 2}], "group": "dandelion"}
    strategies["both"] = {"posts": [*POSTS, {"by": "branches"}]}
    return launches.scenario(cast=CAST, strategies=strategies, groups=GROUPS, days=4, **tables)


@pytest.fixture(scope="module")
def scene():
    wanted = scenario()
    return wanted, launches.set_up(wanted)


def authors(scene, strategy: str, seeds=range(10)) -> Counter:
    """Posts per role over SEEDS."""
    wanted, stage = scene
    names = {int(account): name for name, role in stage.casting.roles.items() for account in role.accounts}
    found: Counter = Counter()
    for seed in seeds:
        found.update(names[int(account)] for account in course.Course(wanted, stage, strategy, seed).plan.account)
    return found


def test_a_single_account_is_alone(scene):
    assert authors(scene, "single") == {"brand": 200}


def test_a_group_of_one_is_no_group(scene):
    """Structure single: the same bits as a strategy without a group."""
    wanted, stage = scene
    grouped = play.play(wanted, stage, "single", 3)
    plain = play.play(wanted.changed({"strategies": {"single": {"posts": POSTS, "group": None}}}), stage, "single", 3)
    assert grouped.metrics["reposts"] > 0
    assert grouped.metrics == plain.metrics
    assert grouped.parts == plain.parts


@pytest.mark.luck
def test_a_hub_distributes_to_its_branches_and_they_to_nobody(scene):
    found = authors(scene, "hub")
    assert found["brand"] == 200
    assert set(found) == {"brand", "north", "south"}
    for branch in ("north", "south"):
        assert luck.counted(found[branch], 0.9, 200)
    assert authors(scene, "branch") == {"north": 200}


@pytest.mark.luck
def test_twin_stars_pass_each_other_on(scene):
    found = authors(scene, "twin_star")
    assert set(found) == {"brand", "leader"}
    assert luck.counted(found["leader"], 0.7, 200)


@pytest.mark.luck
def test_a_dandelion_relays_both_ways_and_a_little_across(scene):
    found = authors(scene, "petals")
    assert found["north"] == 200
    assert luck.counted(found["brand"], 0.6, 200)
    assert luck.counted(found["south"], 0.15, 200)


def test_relays_come_later_and_keep_their_author_s_luck(scene):
    wanted, stage = scene
    alone, hub = (course.Course(wanted, stage, name, 3).plan for name in ("single", "hub"))
    brand = hub.account == stage.casting.roles["brand"].accounts[0]
    assert (hub.label[brand] == alone.label).all()
    assert (hub.messenger == response.BRAND).all()
    assert hub.second[~brand].min() > alone.second.min()


def test_branches_have_their_audience_and_overlap(scene):
    graph, roles = scene[1].casting.graph, scene[1].casting.roles
    brand = graph.row(int(roles["brand"].accounts[0]))
    north, south = (graph.row(int(roles[name].accounts[0])) for name in ("north", "south"))
    assert north.size == south.size == round(0.03 * graph.base)
    assert np.intersect1d(north, brand).size == round(0.5 * north.size)
    assert np.intersect1d(south, brand).size == 0
    home = [graph.community_of(int(account)) for account in south]
    assert Counter(home).most_common(1)[0][1] > 0.9 * south.size
    assert [role.name for role in scene[1].casting.called("branches")] == ["north", "south"]


def test_relays_are_paid(scene):
    wanted = scene[0]
    items = costs.bill(wanted, "hub")
    plain = costs.bill(wanted, "single")
    assert items["staff"] == pytest.approx(20 * 2 * 0.9 * wanted.prices.share_minutes * wanted.prices.staff_minute)
    assert items["total"] - plain["total"] == pytest.approx(items["staff"])
    assert costs.bill(wanted, "both")["production"] == pytest.approx(22 / 20 * plain["production"])


def test_prizes_and_desks_are_paid():
    wanted = launches.scenario(
        service={}, days=2,
        strategies={"a": {"desk": {"agents": 3, "opens": 8, "closes": 20}, "prize": {"number": 5, "value": 30.0}}},
    )  # fmt: skip
    items = costs.bill(wanted, "a")
    assert items["prizes"] == 150
    assert items["service"] == 3 * 12 * 60 * 2 * wanted.prices.staff_minute
    assert items["total"] == items["prizes"] + items["service"]


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"strategies": {"a": {"desk": {}}}}, "no table"),
        ({"strategies": {"a": {"group": "hub"}}}, "not in"),
        ({"cast": {"branches": [{"name": "kols"}]}}, "used twice or is a role's name"),
    ],
)
def test_what_cannot_be_is_refused(change, words):
    with pytest.raises(ValueError, match=words):
        launches.scenario(**change)


# --- staff ---


def shares(wanted, stage, seed: int, strategy: str = "single") -> np.ndarray:
    """Posts per employee."""
    plan = course.Course(wanted, stage, strategy, seed).plan
    role = stage.casting.roles["employees"]
    return np.array([(plan.account == account).sum() for account in role.accounts])


@pytest.mark.luck
def test_few_employees_share_unasked(scene):
    """3% of 40 employees, 20 posts, 20 lucks."""
    wanted = scenario(staff={"identity": 0.0, "minutes": 1.0})
    counts = np.array([shares(wanted, scene[1], seed) for seed in range(20)])
    assert luck.counted(counts.sum(), 0.03, 40 * 20 * 20)


def test_who_shared_shares_again(scene):
    """Identity (S1:77): more shares in all, and less evenly."""
    plain, proud = (scenario(staff={"identity": x, "minutes": 1.0}) for x in (0.0, 1.0))
    a, b = (np.array([shares(w, scene[1], seed) for seed in range(10)]) for w in (plain, proud))
    assert b.sum() > 1.2 * a.sum()
    assert (b >= a).all()  # the same luck
    assert b.var() > 1.5 * a.var()


def test_some_contents_concern_them_more(scene):
    wanted = scenario(staff={"minutes": 1.0, "contents": {"launch": 5.0}})
    assert shares(wanted, scene[1], 1).sum() > 2 * shares(scenario(staff={"minutes": 1.0}), scene[1], 1).sum()


def test_branch_names_may_not_clash():
    with pytest.raises(ValueError, match="used twice"):
        casting.Cast(kols=(casting.Kol(name="a"),), branches=(casting.Branch(name="a"),))
