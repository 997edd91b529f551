"""Edits give checked scenarios or errors a person can mend."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sim.errors import UserError
from sim.scenario.schema import Scenario
from sim.ui import edits, setup, state


@pytest.fixture(scope="module")
def scenario() -> Scenario:
    return state.first_inputs().scenario


def test_changed_replaces_one_value_and_nothing_else(scenario):
    new = edits.changed(scenario, ("strategies", "mixed", "posts", 1, "at"), 5.0)
    assert new.strategies["mixed"].posts[1].at == 5.0
    assert new.strategies["mixed"].posts[0] == scenario.strategies["mixed"].posts[0]
    back = edits.changed(new, ("strategies", "mixed", "posts", 1, "at"), scenario.strategies["mixed"].posts[1].at)
    assert back == scenario


def test_a_value_out_of_range_names_the_key_and_what_is_allowed(scenario):
    with pytest.raises(UserError, match=r"participation.*1\.5|1\.5.*participation"):
        edits.changed(scenario, ("strategies", "mixed", "posts", 1, "participation"), 1.5)


@pytest.mark.parametrize("path", [("nowhere", "x"), ("strategies", "mixed", "posts", 99, "at"), ("name", "x", "y")])
def test_a_place_that_is_not_there_is_an_error_not_a_crash(scenario, path):
    with pytest.raises(UserError):
        edits.changed(scenario, path, 1)


def test_duplicate_stands_behind_the_original_and_can_be_deleted_again(scenario):
    new, key = edits.duplicate(scenario, "celebrity_seeding")
    names = list(new.strategies)
    assert names.index(key) == names.index("celebrity_seeding") + 1
    assert new.strategies[key].posts == scenario.strategies["celebrity_seeding"].posts
    assert new.strategies[key].title not in {one.title for one in scenario.strategies.values()}
    assert edits.delete(new, key) == scenario


def test_reset_brings_back_what_was_read(scenario):
    changed = edits.rename(edits.remove_posts(scenario, "mixed", 0), "mixed", "Mine")
    assert changed != scenario
    assert edits.reset(changed, scenario, "mixed") == scenario


def test_the_last_strategy_stays(scenario):
    one = scenario
    for name in list(scenario.strategies)[:-1]:
        one = edits.delete(one, name)
    with pytest.raises(UserError, match="at least one"):
        edits.delete(one, next(iter(one.strategies)))


def test_at_most_twelve_strategies(scenario):
    full = scenario
    while len(full.strategies) < edits.MOST:
        full, _ = edits.add(full, "New")
    with pytest.raises(UserError, match="at most 12"):
        edits.duplicate(full, "mixed")


@given(title=st.text(max_size=80), taken=st.sets(st.sampled_from(["strategy", "a", "a_2", "staff_first"])))
def test_a_free_name_is_free_and_allowed(title, taken):
    name = edits.free_name(title, dict.fromkeys(taken))
    assert name not in taken
    table = state.first_inputs().scenario.model_dump()
    table["strategies"] = {name: {}}
    assert name in Scenario.model_validate(table).strategies


def test_every_mechanism_can_be_switched_on_and_off_again():
    inputs = state.first_inputs("nokia_n8")
    lacking = [field["name"] for field in setup.mechanisms(inputs.scenario, "en") if not field["value"]]
    assert len(lacking) > 8
    both = zip(setup.mechanisms(inputs.scenario, "en"), setup.mechanisms(inputs.scenario, "zh"), strict=True)
    assert all(one["meaning"] and one["meaning"] != other["meaning"] for one, other in both)
    for name in lacking:
        on = setup.switched(inputs, name, True)
        assert getattr(on, name) is not None
        assert {field["name"]: field["value"] for field in setup.mechanisms(on, "en")}[name]
        assert any(place[0] == name for place in setup.places(on).values()), name
        assert setup.switched(replace(inputs, scenario=on), name, False) == inputs.scenario


def test_a_mechanism_comes_back_as_it_was_read():
    inputs = state.first_inputs("market_with_rivals")
    own = inputs.scenario.rivals
    assert own is not None
    assert own.model_dump() != type(own)().model_dump(), "the preset declares rivals of its own"
    off = setup.switched(inputs, "rivals", False)
    assert off.rivals is None
    assert setup.switched(replace(inputs, scenario=off), "rivals", True) == inputs.scenario


def test_a_mechanism_that_a_strategy_needs_cannot_go():
    inputs = state.first_inputs("airline_reply")
    with pytest.raises(UserError, match="service"):
        setup.switched(inputs, "service", False)
