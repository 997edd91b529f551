"""Parameters under doubt: one matched draw per replicate, inside its range, without touching graph, cast or plan."""

import numpy as np
import pytest
from scipy import stats

from sim import quantities
from sim.kernels import response, timeline
from sim.model import stage as stage_room
from sim.runs import assumptions, compare
from sim.runs.play import play
from tests.reference import launches, luck


@pytest.fixture(scope="module")
def scenario():
    # the shipped rates, so that declared ranges stand as they are declared
    shipped = {name: p.default for name, p in quantities.parameters(response.Response).items()}
    return launches.scenario(accounts=1_000, response=shipped)


@pytest.fixture(scope="module")
def stage(scenario):
    return launches.set_up(scenario)


def test_every_declared_doubt_is_there(scenario) -> None:
    found = {doubt.name: doubt for doubt in assumptions.doubts(scenario)}
    for table, declaring in (("response", response.Response), ("attention", timeline.Attention)):
        for name, parameter in quantities.parameters(declaring).items():
            if parameter.doc.doubt is not None and name != "trust_leader":  # nobody's leader is cast
                doubt = found.pop(f"{table}.{name}")
                assert (doubt.low, doubt.high) == pytest.approx(parameter.doc.doubt)
                assert doubt.value == parameter.default
    assert set(found) == {"topic.interested", "contents.launch.quality"}


def test_what_nothing_depends_on_is_in_no_doubt(scenario) -> None:
    """A content that nobody posts, trust in a messenger who is not there: drawn or not, every bit is the same."""
    named = {doubt.name for doubt in assumptions.doubts(scenario)}
    assert {"response.trust_kol", "response.trust_employee"} <= named
    bare = launches.scenario(
        accounts=1_000,
        cast={"kols": [], "employees": {"count": 0}},
        contents={"launch": {}, "never": {}, "other": {}},
        calendars={"week": [{"day": "daily", "content": "other"}]},
        strategies={"plain": {"posts": [{"by": "brand"}]}},
    ).model_dump()
    alone = type(scenario).model_validate(bare)
    found = {doubt.name for doubt in assumptions.doubts(alone)}
    assert "contents.launch.quality" in found
    assert not found & {f"response.trust_{name}" for name in ("kol", "employee", "leader")}
    assert not found & {"contents.never.quality", "contents.other.quality"}
    bare["strategies"]["weekly"] = {"calendar": "week"}
    assert "contents.other.quality" in {d.name for d in assumptions.doubts(type(scenario).model_validate(bare))}
    stage = launches.set_up(alone)
    everything = {"response.trust_kol": 3.0, "response.trust_leader": 3.0, "contents.never.quality": 9.0}
    drawn, under = assumptions.assume(alone, stage, everything)
    plain, other = play(alone, stage, "plain", 1), play(drawn, under, "plain", 1)
    assert plain.metrics["reads"] > 0
    assert plain.metrics == other.metrics


def test_ranges_move_with_what_the_scenario_sets(scenario) -> None:
    declared = quantities.parameters(response.Response)["trust_kol"]
    moved = scenario.changed({"response": {"trust_kol": declared.default * 3}})
    found = {doubt.name: doubt for doubt in assumptions.doubts(moved)}["response.trust_kol"]
    assert (found.low, found.high) == pytest.approx(tuple(3 * end for end in declared.doc.doubt))


def test_ranges_stay_where_values_make_sense(scenario) -> None:
    for changes in ({"response": {"repost_rate": 0.9, "interest_off": 1.0}}, {"topic": {"interested": 1.0}}):
        for doubt in assumptions.doubts(scenario.changed(changes)):
            if doubt.path[-1] in ("repost_rate", "interest_off", "interested"):
                assert 0.0 <= doubt.low <= doubt.high <= 1.0


@pytest.mark.luck
def test_draws_fill_their_range(scenario) -> None:
    doubtful = assumptions.doubts(scenario)
    drawn = [assumptions.draw(doubtful, compare.replicate_seed(luck.seed(1), replicate)) for replicate in range(400)]
    table = np.array([[values[doubt.name] for doubt in doubtful] for values in drawn])
    for column, doubt in zip(table.T, doubtful, strict=True):
        assert doubt.low <= column.min() <= column.max() <= doubt.high, doubt.name
        where = (
            np.log(column / doubt.low) / np.log(doubt.high / doubt.low)
            if doubt.low > 0
            else ((column - doubt.low) / (doubt.high - doubt.low))
        )
        counts = np.bincount((where * 8).astype(int).clip(0, 7), minlength=8)
        assert ((counts - 50) ** 2 / 50).sum() < stats.chi2.isf(1e-6 / len(doubtful), 7), doubt.name
    correlation = np.corrcoef(table.T) - np.eye(len(doubtful))
    assert np.abs(correlation).max() < 6 / np.sqrt(400)  # of hundreds of pairs


def test_the_same_draw_for_the_same_luck(scenario) -> None:
    doubtful = assumptions.doubts(scenario)
    assert assumptions.draw(doubtful, 12) == assumptions.draw(list(reversed(doubtful)), 12)
    assert assumptions.draw(doubtful, 12) != assumptions.draw(doubtful, 13)
    some = assumptions.draw(doubtful[:3], 12)
    assert some == {name: assumptions.draw(doubtful, 12)[name] for name in some}


def test_assumed_values_arrive(scenario, stage) -> None:
    doubtful = assumptions.doubts(scenario)
    values = assumptions.draw(doubtful, 5)
    plays, on = assumptions.assume(scenario, stage, values)
    for name, value in values.items():
        table, *path = name.split(".")
        if table == "response":
            assert getattr(on.answer, path[0]) == value
        elif table == "attention":
            assert getattr(on.attention, path[0]) == value
        elif table == "contents":
            assert getattr(plays.contents[path[0]], path[1]) == value
    assert on.casting is stage.casting
    assert on.world.followers is stage.world.followers
    assert set(np.unique(on.interest)) <= {1.0, values["response.interest_off"]}
    assert on.readers.traits.shape == stage.readers.traits.shape
    dormant = [((each.readers.traits & 7) == 0).mean() for each in (stage, on)]
    assert (dormant[1] > dormant[0]) == (values["attention.dormant"] > stage.attention.dormant)


def test_nothing_drawn_changes_nothing(scenario, stage) -> None:
    lively = scenario.changed({"response": {"repost_rate": 0.2, "peer_rate": 0.2}})
    on_stage = stage_room.under(stage, response.Response(**lively.response.model_dump()), stage.attention)
    plays, on = assumptions.assume(lively, on_stage, {})
    one, other = play(lively, on_stage, "everything", 3), play(plays, on, "everything", 3)
    assert one.metrics["reposts"] > 0
    assert one.metrics == other.metrics


def test_people_are_drawn_again_only_where_they_must(stage) -> None:
    same = stage_room.under(stage, stage.answer._replace(repost_rate=0.5), stage.attention)
    assert same.readers is stage.readers
    assert same.rhythm is stage.rhythm
    sleepier = stage_room.under(stage, stage.answer, stage.attention._replace(dormant=0.9))
    awake, dormant = (each.readers.traits & 7 for each in (stage, sleepier))
    assert (dormant == 0).sum() > (awake == 0).sum()
    assert ((awake == 0) <= (dormant == 0)).all()  # the same people, some of them asleep
    kept = (awake > 0) & (dormant > 0)
    assert (stage.readers.traits[kept] == sleepier.readers.traits[kept]).all()
