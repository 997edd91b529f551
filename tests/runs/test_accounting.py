"""The books are checked in the debug mode, and the check sees a wrong figure."""

import dataclasses

import pytest

from sim.runs import accounting
from tests.reference import launches


@pytest.fixture
def scene():
    from sim.scenario import read
    from sim.scenario.schema import Scenario

    scenario = read.read("nokia_n8", Scenario).with_accounts(8_000)
    return scenario, launches.set_up(scenario)


def test_every_run_is_checked_in_debug_mode(scene, monkeypatch):
    from sim.runs import play

    scenario, stage = scene
    monkeypatch.setenv("DANDELION_DEBUG", "1")
    seen = []
    monkeypatch.setattr(accounting, "problems", lambda outcome, spent: seen.append(spent) or [])
    outcome = play.play(scenario, stage, "mixed", 3)
    assert outcome.metrics["reads"] > 0
    assert len(seen) == 1
    monkeypatch.setenv("DANDELION_DEBUG", "0")
    play.play(scenario, stage, "mixed", 3)
    assert len(seen) == 1


@pytest.mark.parametrize("strategy", ["control", "celebrity_seeding", "mixed"])
def test_books_balance(scene, monkeypatch, strategy):
    from sim.runs import play

    monkeypatch.setenv("DANDELION_DEBUG", "1")
    assert play.play(*scene, strategy, 5).metrics["pushes"] is not None


@pytest.mark.parametrize(
    ("name", "factor", "said"),
    [
        ("reads", 1e3, "pushes"),
        ("reach", 1e3, "reads"),
        ("comments", 2.0, "messages"),
        ("cost", 2.0, "bill"),
        ("reposts", 1.5, "curve of reposts"),
    ],
)
def test_a_wrong_figure_is_seen(scene, name, factor, said):
    from sim.model.costs import bill
    from sim.runs import play

    scenario, stage = scene
    outcome = play.play(scenario, stage, "mixed", 5)
    spent = bill(scenario, "mixed")
    assert accounting.problems(outcome, spent) == []
    assert outcome.metrics[name] > 0
    wrong = dataclasses.replace(outcome, metrics=outcome.metrics | {name: outcome.metrics[name] * factor})
    assert any(said in text for text in accounting.problems(wrong, spent))
    with pytest.raises(accounting.UnbalancedError):
        accounting.check(wrong, spent, "mixed", 5)
