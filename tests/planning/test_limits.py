"""Constraints: refused when impossible, honoured by every plan that is proposed, and told in words when broken."""

import pydantic
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sim.errors import UserError
from sim.model.launch import Action
from sim.planning import candidates, limits, optimise, roster
from sim.planning.candidates import Candidate
from sim.runs import compare
from sim.scenario import read
from sim.scenario.schema import Scenario
from tests.reference import launches

BUDGET = 6_000
KOLS = [{"name": name, "audience": share} for name, share in (("anna", 0.2), ("ben", 0.1), ("cleo", 0.05))]
PRACTICES = {
    "all": {"posts": [{"by": "brand", "times": 3, "every": 6}, {"by": "kols", "at": 1}, {"by": "employees"}]},
    "desk": {"posts": [{"by": "brand"}], "desk": {"agents": 1, "opens": 9, "closes": 12}},
    "prize": {"posts": [{"by": "brand"}], "prize": {"number": 10, "value": 20.0}},
}
TIGHT = {
    "kol_budget": 2_600,
    "employee_budget": 200,
    "prize_budget": 300,
    "service_budget": 400,
    "production_budget": 500,
    "max_kols": 2,
    "must_have": ["cleo"],
    "excluded": ["ben"],
    "max_employees": 4,
    "posts_from": 9,
    "posts_until": 22,
}


def small(constraints=TIGHT, **changes):
    wanted = {"accounts": 1_200, "cast": {"kols": KOLS}, "strategies": PRACTICES, "service": {}, "budget": BUDGET}
    return launches.scenario(**{**wanted, "constraints": constraints} | changes)


@pytest.fixture(scope="module")
def graph():
    return compare.grow_graph(small(), 1)


@pytest.mark.parametrize(
    ("constraints", "told"),
    [
        ({"must_have": ["dora"]}, "'dora' is no KOL of the cast; one of: anna, ben, cleo"),
        ({"must_have": ["anna"], "excluded": ["anna"]}, "both name anna"),
        ({"max_kols": 0, "must_have": ["anna"]}, "max_kols = 0"),
        ({"posts_from": 12, "posts_until": 9}, "not before posts_until"),
        ({"kol_budget": -1}, "kol_budget"),
        ({"most_kols": 2}, "most_kols"),
    ],
)
def test_impossible_ones_are_refused(constraints, told) -> None:
    with pytest.raises(pydantic.ValidationError) as problem:
        small(constraints)
    assert told in str(problem.value)


@pytest.mark.parametrize("mishaps", [True, False])
def test_every_plan_keeps_to_all_of_them(graph, mishaps: bool) -> None:
    found = optimise.optimise(
        small(), "reach", BUDGET, graph=graph, plans=40, replicates=4, seed=5, risky=mishaps, target=20_000.0
    )
    assert len(found["front"]) >= 2
    assert found["constraints"]["max_kols"] == 2
    hired, parts = set(), set()
    for row in found["front"]:
        plan = small().strategies["all"].model_validate(row["plan"])
        assert limits.broken(small(), plan, BUDGET) == []
        hired |= set(limits.kols(small(), plan))
        parts |= {item for item, money in limits.spent(small(), plan).items() if money > 0}
        assert (row["risk"] is None) == (not mishaps)
    assert hired == {"cleo", "anna"} or hired == {"cleo"}
    assert "kol_fees" in parts
    assert "all" not in found["strategies"]  # hires ben, at night


def test_without_them_they_are_broken(graph) -> None:
    """The test can fail: the same search unbound breaks several."""
    found = optimise.optimise(small(None), "reach", BUDGET, graph=graph, plans=40, replicates=2, seed=5, risky=False)
    told = [
        limits.broken(small(), small().strategies["all"].model_validate(row["plan"]), BUDGET) for row in found["front"]
    ]
    assert any(told)


def test_what_is_broken_is_told() -> None:
    told = " | ".join(limits.broken(small(), small().strategies["all"], 1_000))
    for words in ("of 1,000", "employee_budget", "max_kols = 2, it hires 3", "hires ben", "production_budget = 500"):
        assert words in told
    assert "brand posts at 2.0 h" in told
    assert limits.broken(small(None), small().strategies["all"], 1e9) == []


@settings(max_examples=200)
@given(st.floats(0, 47), st.integers(1, 6), st.floats(0.5, 30), st.floats(0, 24), st.floats(0, 20), st.floats(2, 24))
def test_a_line_is_moved_into_the_allowed_hours(at, times, every, spread, first, width) -> None:
    scenario = small({"posts_from": first, "posts_until": min(first + width, 24.0)})
    line = Action(by="brand", at=at, times=times, every=every, spread=spread)
    moved = limits.fitted(scenario, line)
    assert moved.at >= 0.0
    if moved.at >= line.at:  # a later moment was left within the horizon
        bounds = limits.of(scenario)
        assert all(limits.allowed(bounds, hour) for hour in limits.hours(scenario, moved))
    free = small(None)
    assert limits.fitted(free, line) is line


def test_choose_keeps_to_them(graph) -> None:
    given_ = [
        Candidate(name=name, followers=heads) for name, heads in (("anna", 20_000), ("ben", 9_000), ("cleo", 5_000))
    ]
    table = candidates.seat(small(), given_, BUDGET, "all")
    assert table.must == (2,)
    assert table.open == (0, 2)
    assert table.most == 2
    assert table.money == 2_600
    assert not table.free
    assert all(limits.allowed(limits.of(small()), hour) for line in table.lines for hour in limits.hours(small(), line))
    found = roster.choose(small(), BUDGET, given_, strategy="all", graph=graph, replicates=2, risky=False).plain()
    assert {row["name"] for row in found["roster"]} == {"cleo", "anna"}
    with pytest.raises(UserError, match="wanted and excluded"):
        candidates.seat(small(), [given_[1].model_copy(update={"must_have": True})], BUDGET, "all")


def test_a_file_is_told_line_and_key(tmp_path) -> None:
    path = tmp_path / "plan.toml"
    text = """schema_version = 1
name = "plan"
start = 2010-08-17T20:00:00+08:00
market = 100000
[[cast.kols]]
name = "anna"
[constraints]
{line}
[strategies.a]
posts = [{{ by = "anna" }}]
"""
    for line, words in (
        ("kol_budgt = 100", ("line 8", "[constraints]", "kol_budget")),
        ("posts_from = 25", ("line 8", "posts_from", "25")),
        ('must_have = ["bob"]', ("must_have", "'bob'", "anna")),
    ):
        path.write_text(text.format(line=line), encoding="utf-8")
        with pytest.raises(UserError) as problem:
            read.read(str(path), Scenario)
        for word in ("plan.toml", *words):
            assert word in str(problem.value)
    path.write_text(text.format(line="max_kols = 1"), encoding="utf-8")
    assert read.read(str(path), Scenario).constraints.max_kols == 1
