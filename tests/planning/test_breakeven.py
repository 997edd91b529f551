"""The break-even: flips that were planted are found, none is invented, and both certainties stand beside them."""

import numpy as np
import pytest

from sim.errors import UserError
from sim.planning import breakeven, knobs
from sim.runs import compare
from tests.reference import launches, luck

RIVALS = {
    "a": {"posts": [{"by": "anna"}]},
    "b": {"posts": [{"by": "ben"}]},
    "own": {"posts": [{"by": "brand", "times": 2, "every": 6}]},
    "staff": {"posts": [{"by": "employees", "at": 1, "spread": 2, "participation": 0.5}]},
}


def small(**changes):
    quiet = launches.LIVELY | {"repost_rate": 0.0, "peer_rate": 0.0}
    return launches.scenario(**{"accounts": 2_000, "strategies": RIVALS, "response": quiet} | changes)


@pytest.fixture(scope="module")
def graph():
    return compare.grow_graph(small(), 1)


def test_a_flip_that_money_dictates(graph) -> None:
    """Anna costs 500 + 0.02 x 20,000 = 900 RMB a post, two brand posts 480: even at a factor of 480 / 900."""
    found = breakeven.breakeven(small(goal="cost"), "a", "own", ["kol_fee_factor"], graph=graph, replicates=8)
    (flip,) = found["flips"]
    assert flip["at"] == pytest.approx(480 / 900, abs=1e-9)
    assert flip["a_ahead"] == "below"
    around = [point["at"] for point in found["curve"] if abs(point["at"] - flip["at"]) < 9.9 / 6 / 2**5]
    assert len(around) >= 2  # the bisection closed in on it
    assert flip["luck95"] == pytest.approx([480 / 900] * 2)
    assert flip["worlds"]["flip"] == 1.0
    assert "below kol_fee_factor = 0.533" in found["sentence"]


@pytest.mark.luck
def test_a_flip_that_luck_blurs(graph) -> None:
    """Two KOLs alike in all but the audience are read alike at about the same audience.

    About: who exactly follows them (200 of 2,000) is no luck of the replicates.  Chances to see a post vary by 1.34 of
    their mean from account to account (most are dormant), so two such audiences differ by 1.34 sqrt(2 / 200).
    """
    knob = "cast.kols.anna.audience=0.02:0.3"
    found = breakeven.breakeven(small(goal="reads"), "a", "b", [knob], graph=graph, replicates=24, seed=5)
    (flip,) = found["flips"]
    assert flip["a_ahead"] == "above"
    low, high = flip["luck95"]
    audiences = 0.1 * 1.34 * np.sqrt(2 / 200)
    assert abs(flip["at"] - 0.1) < luck.SURE * (audiences + (high - low) / 2 / 1.96)
    assert low < flip["at"] < high
    assert high - low < 0.1
    first, last = flip["assumptions80"]
    assert luck.holds(first, 0.1, last, level=0.8)
    assert flip["worlds"]["played"] == 24
    differences = [point["difference"] for point in found["curve"]]
    assert differences[0] < 0 < differences[-1]
    assert len(found["curve"]) > breakeven.GRID


def test_no_flip_is_said_plainly(graph) -> None:
    knob = "cast.kols.anna.audience=0.2:0.4"
    found = breakeven.breakeven(small(goal="reads"), "a", "b", [knob], graph=graph, replicates=8)
    assert found["flips"] == []
    assert found["ahead"] == {"low_end": "a", "high_end": "a"}
    assert found["sentence"].startswith("No flip within range: a is ahead on reads")


def test_a_knob_without_effect(graph) -> None:
    found = breakeven.breakeven(small(goal="reach"), "a", "b", ["kol_fee_factor"], graph=graph, replicates=8)
    assert found["flat"]
    assert found["flips"] == []
    assert "changes nothing" in found["sentence"]


@pytest.mark.luck
def test_two_knobs_give_the_line(graph) -> None:
    """The even audience of Anna is Ben's, whatever it is."""
    over = ["cast.kols.anna.audience=0.05:0.25", "cast.kols.ben.audience=0.1:0.2"]
    found = breakeven.breakeven(small(goal="reads"), "a", "b", over, graph=graph, replicates=16, seed=5)
    assert len(found["map"]) == breakeven.SIDE**2
    line = {point["second"]: point["first"] for point in found["flips"]}
    assert len(line) == breakeven.SIDE
    for ben, anna in line.items():
        assert anna == pytest.approx(ben, rel=luck.SURE * 1.34 * np.sqrt(2 / 200))  # who follows the two, as above
    for point in found["flips"]:
        first, last = point["luck95"]
        assert first <= point["first"] <= last
        low, high = point["assumptions80"]
        # Two alike in all but the audience stay alike in any world; each world has a luck of its own besides.
        assert None in (low, high) or luck.holds(low, point["first"], high, 0.8)
        assert point["worlds"]["played"] == 16
        assert point["worlds"]["flip"] >= 0.3  # one world in fifty has none, several of one row at a time
    assert any(None not in point["assumptions80"] for point in found["flips"])  # fourteen of fifteen
    for cell in found["map"]:
        assert 0.0 <= cell["worlds_a_ahead"] <= 1.0
        if cell["first"] > 1.5 * cell["second"]:
            assert cell["worlds_a_ahead"] > 0.9
    assert [row["second"] for row in found["rows"]] == sorted(line)
    assert all(row["flips"] == 1 for row in found["rows"])


def test_a_map_where_only_some_worlds_flip(graph) -> None:
    """Where the mean never flips, the rows still say in how many plausible worlds it does; undoubted ones say nothing.

    Nothing in doubt: no interval under assumptions.
    """
    over = ["cast.kols.anna.audience=0.11:0.2", "cast.kols.ben.audience=0.05:0.1"]
    found = breakeven.breakeven(small(goal="reads"), "a", "b", over, graph=graph, replicates=16, seed=5)
    assert found["rows"]
    for row in found["rows"]:
        told = row["worlds"]
        assert told["flip"] + told["a_throughout"] + told["b_throughout"] == pytest.approx(1.0)
    sure = breakeven.breakeven(small(goal="reads"), "a", "b", over, graph=graph, replicates=8, seed=5, doubt=False)
    assert all(cell["worlds_a_ahead"] is None for cell in sure["map"])
    assert all(row["worlds"] is None for row in sure["rows"])


def test_threads_change_nothing(graph) -> None:
    asked = small(goal="reads")
    one, two = (
        breakeven.breakeven(asked, "a", "staff", ["employee_participation"], graph=graph, replicates=8, jobs=jobs)
        for jobs in (1, 2)
    )
    assert one == two


def test_crossings_by_hand() -> None:
    x = np.array([0.0, 1.0, 2.0, 3.0, 4.0])
    assert breakeven._crossings(x, np.array([-1.0, 1.0, 2.0, 1.0, -3.0])) == [0.5, 3.25]
    assert breakeven._crossings(x, np.array([-1.0, 0.0, 0.0, 0.0, 3.0])) == [2.0]
    assert breakeven._crossings(x, np.array([1.0, 0.0, 0.0, 0.0, 3.0])) == []
    assert breakeven._nearest(x, np.full(5, -1.0), 2.0, True) == np.inf
    assert breakeven._nearest(x, np.full(5, 1.0), 2.0, True) == -np.inf


@pytest.mark.parametrize(
    ("over", "told"),
    [
        (["kol_fee_facto"], "kol_fee_factor"),
        (["response.trust_kl"], "trust_kol"),
        (["kol_quality=3:1"], "LOW:HIGH"),
        (["kol_quality", "kol_quality=1:2"], "twice"),
        (["name.x"], "not in"),
        (["market"], "not a knob"),
        (["prices.staff_minute"], "give one"),
    ],
)
def test_wrong_knobs(over, told, graph) -> None:
    with pytest.raises(UserError, match=told):
        breakeven.breakeven(small(), "a", "b", over, graph=graph, replicates=8)


def test_the_same_strategy_twice(graph) -> None:
    with pytest.raises(UserError, match="both"):
        breakeven.breakeven(small(), "a", "a", ["kol_quality"], graph=graph)


def test_every_short_knob_turns() -> None:
    scenario = small()
    for name in knobs.SHORT:
        knob = knobs.find(scenario, name)
        low, high = knob.turn(scenario, knob.at(knob.low)), knob.turn(scenario, knob.at(knob.high))
        assert low != high
        assert type(scenario).model_validate(low.model_dump()) == low  # what the short way built is a sound scenario
        assert type(scenario).model_validate(high.model_dump()) == high


def test_a_dotted_knob_takes_its_doubt() -> None:
    knob = knobs.find(small(), "response.trust_kol")
    assert (knob.low, knob.high, knob.now) == (0.8, 1.6, 1.2)
    assert knobs.find(small(), "strategies.staff.posts.1.participation").high == 1.0
