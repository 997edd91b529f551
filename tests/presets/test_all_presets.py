"""Every preset that ships plays, its books balance, it stands in the table; small in CI, full size with `-m long`."""

import tomllib
from pathlib import Path

import numpy as np
import pytest

from benchmarks import presets
from sim.results import metrics
from sim.runs import compare, findings
from sim.scenario import read
from sim.scenario.schema import Scenario

HOUSE = Path(__file__).resolve().parents[2]
NAMES = presets.names()


@pytest.fixture(params=[False, pytest.param(True, marks=pytest.mark.long)], ids=["small", "full"])
def full(request) -> bool:
    return request.param


def test_all_fifteen_ship():
    assert len(NAMES) >= 15
    assert len(set(NAMES)) == len(NAMES)


@pytest.mark.parametrize("name", NAMES)
def test_the_head_says_what_it_is(name):
    """The practice, what to look at, what is seen and what assumed."""
    text = (presets.FOLDER / f"{name}.toml").read_text(encoding="utf-8")
    head = text[: text.index("schema_version")]
    assert all(line.startswith("#") for line in head.strip().splitlines())
    for word in ("SEEDS", "Look at", "Assumed"):
        assert word.lower() in head.lower(), (name, word)
    table = tomllib.loads(text)
    assert table["name"] == name
    assert table["title"]
    assert table["about"].endswith("?")


@pytest.mark.parametrize("name", NAMES)
def test_a_preset_plays_and_its_books_balance(name, full, monkeypatch):
    monkeypatch.setenv("DANDELION_DEBUG", "1")  # accounting.check after every play
    scenario = read.read(name, Scenario)
    if not full:
        scenario = presets.smaller(scenario)
    of = compare.compare(scenario, replicates=8 if full else 2, jobs=2, doubt=full)
    assert of.strategies == tuple(scenario.strategies)
    assert len(of.ranked) >= 2
    shipped = of.outcomes[of.outcomes["luck"] == "shipped"]
    assert len(shipped) == of.replicates * len(of.strategies)
    found = findings.findings(of)
    for strategy, values in found["strategies"].items():
        assert found["spend"][strategy]["total"] <= scenario.budget
        for metric in ("pushes", "reads", "reach", "messages", "cost"):
            assert values[metric]["mean"] is not None, (strategy, metric)
            assert values[metric]["mean"] >= 0
        for metric, estimate in values.items():
            if estimate["mean"] is not None:
                assert np.isfinite(estimate["mean"]), (strategy, metric)
        assert values["reach"]["mean"] <= values["reads"]["mean"] + 1e-6
    happened = [found["strategies"][one][metric]["mean"] for one in of.ranked for metric in ("reads", "complaints")]
    assert max(happened) > 0
    goal = of.matrix("goal", "shipped", of.ranked)
    assert np.isfinite(goal).all()
    assert np.ptp(goal.mean(axis=0)) > 0, "no strategy makes any difference to the goal"


def test_kinds_of_strategies():
    shipped = {name: read.read(name, Scenario) for name in ("nokia_n8", "listen_or_broadcast", "account_groups")}
    kinds = {
        (name, one): presets.kind(strategy, scenario)
        for name, scenario in shipped.items()
        for one, strategy in scenario.strategies.items()
    }
    assert kinds["nokia_n8", "celebrity_seeding"] == "celebrity"
    assert kinds["nokia_n8", "employee_amplification"] == "employee"
    assert kinds["nokia_n8", "mixed"] == "celebrity and employee"
    assert kinds["listen_or_broadcast", "listen"] == "service first"
    assert kinds["account_groups", "hub"] == "account group"
    assert kinds["account_groups", "single"] == "brand's own posts"


def test_the_table_counts_sure_wins_only():
    """A strategy that leads without certainty wins nothing; who alone wins is named."""
    rows = [
        {"metric": "reads", "best": "a", "probability": 0.99, "win": True, "kind": "prize"},
        {"metric": "reach", "best": "b", "probability": 0.80, "win": False, "kind": "employee"},
    ]
    of = {
        "preset": "x", "goal": "reads", "ahead": "a", "status": "leader", "probability": 0.99,
        "under_assumptions": None, "metrics": rows, "kinds": {"a": "prize", "b": "employee"}, "strategies": ["a", "b"],
    }  # fmt: skip
    wins = presets.wins([of])
    assert wins["prize"] == 1
    assert sum(wins.values()) == 1
    assert presets.everywhere(of) == "a"
    assert "`x` (a)" in presets.table([of])


@pytest.mark.long
def test_no_kind_of_strategy_wins_everywhere():
    """V35, S3:24: over all presets sure wins go to several kinds, and every kind loses somewhere."""
    results = presets.measure(small=False)
    wins = {kind: count for kind, count in presets.wins(results).items() if count}
    total = sum(row["win"] for of in results for row in of["metrics"])
    assert len(wins) >= 4
    assert max(wins.values()) < 0.8 * total


def test_the_document_names_every_preset():
    text = (HOUSE / "docs" / "presets.md").read_text(encoding="utf-8")
    for name in NAMES:
        assert f"`{name}`" in text, name


def test_metrics_of_the_table_are_the_contract_s():
    assert set(metrics.METRICS) >= {"reads", "reach", "messages", "complaints", "response_rate"}
