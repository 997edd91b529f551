"""Designs: what a sweep file may say, and what it comes to."""

import itertools
import math

import numpy as np
import pandas as pd
import pytest

from sim import errors
from sim.runs import design
from sim.scenario import read
from sim.scenario.schema import Scenario

RATE = {"name": "response.repost_rate", "low": 0.005, "high": 0.02}


@pytest.fixture(scope="module")
def scenario() -> Scenario:
    return read.read("nokia_n8", Scenario)


def plan(scenario, *knobs, kind="grid", **more):
    points = {"kind": kind, **{name: more.pop(name) for name in ("points", "levels", "file") if name in more}}
    wanted = design.Sweep(scenarios=("nokia_n8",), knobs=knobs, design=points, **more)
    return design.of(wanted, {"nokia_n8": scenario}, "sweep.toml")


def test_a_grid_is_every_combination(scenario):
    found = plan(scenario, {**RATE, "steps": 3}, {"name": "cast.employees.count", "values": [100, 200]})
    points = [dict(setting.knobs) for setting in found.settings]
    rates = [0.005, 0.0125, 0.02]
    assert [(p["response.repost_rate"], p["cast.employees.count"]) for p in points] == list(
        itertools.product(rates, [100, 200])
    )
    assert len(found) == 6 * 8 * len(scenario.strategies)
    assert len({run.run_id(1) for run in found.runs()}) == len(found)


def test_a_log_scale_has_equal_ratios(scenario):
    found = plan(scenario, {**RATE, "scale": "log", "steps": 5})
    values = [dict(setting.knobs)["response.repost_rate"] for setting in found.settings]
    assert np.diff(np.log(values)) == pytest.approx(math.log(4) / 4)


def test_a_latin_hypercube_fills_every_class_once(scenario):
    found = plan(
        scenario, RATE, {"name": "cast.employees.count", "low": 0, "high": 1000}, kind="latin_hypercube", points=20
    )
    places = (found.table["response.repost_rate"].to_numpy() - 0.005) / 0.015
    assert sorted((places * 20).astype(int)) == list(range(20))
    assert all(isinstance(dict(setting.knobs)["cast.employees.count"], int) for setting in found.settings)


@pytest.mark.parametrize(("kind", "size"), [("sobol", 8 * 4), ("morris", 8 * 3)])
def test_sampled_designs_have_their_sizes_and_repeat(scenario, kind, size):
    knobs = (RATE, {"name": "topic.interested", "low": 0.2, "high": 0.5})
    one, other = (plan(scenario, *knobs, kind=kind, points=8) for _ in range(2))
    assert len(one.table) == size
    assert one.table.equals(other.table)
    assert not one.table.equals(plan(scenario, *knobs, kind=kind, points=8, seed=2).table)


def test_ids_say_what_a_run_is_and_nothing_else(scenario):
    one = plan(scenario, RATE)
    shifted = plan(scenario, {"name": "response.repost_rate", "values": [0.02, 0.005]}, replicates=3)
    ids = {run.run_id(1) for run in one.runs()}
    assert {run.run_id(1) for run in shifted.runs()} <= ids
    assert not {run.run_id(2) for run in shifted.runs()} & ids
    changed = design.of(shifted.sweep, {"nokia_n8": scenario.changed({"days": scenario.days + 1})})
    assert not {run.run_id(1) for run in changed.runs()} & ids


def test_knobs_reach_lists_by_name_and_by_number(scenario):
    knobs = [("cast.kols.kol_1.fee", 5.0), ("cast.kols.2.fee", 6.0), ("strategies.mixed.posts.1.at", 2.0)]
    changed = design.apply(scenario, knobs)
    assert [kol.fee for kol in changed.cast.kols[:2]] == [5.0, 6.0]
    assert changed.strategies["mixed"].posts[0].at == 2.0
    assert scenario.cast.kols[0].fee is None


@pytest.mark.parametrize(
    ("knob", "words"),
    [
        ({"name": "response.repost_rat", "values": [0.1]}, "Did you mean repost_rate"),
        ({"name": "respons.repost_rate", "values": [0.1]}, "Did you mean response"),
        ({"name": "response.repost_rate", "values": [1.5]}, r"repost_rate = 1\.5 is outside 0 to 1 \(share\)"),
        ({"name": "response.repost_rate", "values": ["many"]}, 'repost_rate = "many" is outside'),
        ({"name": "response.repost_rate", "values": [True]}, "repost_rate = true is outside"),
        ({"name": "response", "values": [1]}, "is a table"),
        ({"name": "cast.kols.kol_9.fee", "values": [1.0]}, "Did you mean kol_"),
    ],
)
def test_a_knob_that_is_wrong_is_refused_before_anything_runs(scenario, knob, words):
    with pytest.raises(errors.UserError, match=words) as caught:
        plan(scenario, knob)
    assert str(caught.value).startswith("sweep.toml")


WRONG = {
    "": "scenarios is missing",
    'scenarios = ["nokia_n8"]\nreplicates = 0\n': "replicates = 0 is outside 1",
    'scenarios = ["nokia_n8"]\nstrategies = ["mixd"]\n': "Did you mean mixed",
    'scenarios = ["nokia_n"]\n': "Did you mean nokia_n8",
    'scenarios = ["nokia_n8"]\ngoal = "reech"\n': "Did you mean reach",
    'scenarios = ["nokia_n8"]\n[design]\nkind = "sobool"\n': "Did you mean sobol",
    'scenarios = ["nokia_n8"]\n[design]\nkind = "sobol"\n': r"needs \[\[knobs\]\]",
    'scenarios = ["nokia_n8"]\n[design]\nkind = "csv"\n': "belong together",
    'scenarios = ["nokia_n8"]\n[[knobs]]\nname = "days"\nlow = 3\n': "either values",
    'scenarios = ["nokia_n8"]\n[[knobs]]\nname = "days"\nlow = 3\nhigh = 2\n': "low must lie below high",
    'scenarios = ["nokia_n8"]\n[[knobs]]\nname = "days"\nlow = 0\nhigh = 2\nscale = "log"\n': "low above 0",
    'scenarios = ["nokia_n8", "nokia_n8"]\n': "two of them",
}


@pytest.mark.parametrize("text", WRONG)
def test_a_wrong_sweep_file_is_answered(tmp_path, text):
    path = tmp_path / "sweep.toml"
    path.write_text(text or "replicates = 1\n")
    with pytest.raises(errors.UserError, match=WRONG[text]):
        design.make(path)


def test_a_given_design_is_taken_row_by_row(tmp_path):
    (tmp_path / "rows.csv").write_text("response.repost_rate,cast.employees.count\n0.01,100\n0.02,300\n0.01,100\n")
    path = tmp_path / "sweep.toml"
    path.write_text('scenarios = ["nokia_n8"]\n[design]\nkind = "csv"\nfile = "rows.csv"\n')
    found = design.make(path)
    assert len(found.table) == 3
    assert [setting.knobs[1][1] for setting in found.settings] == [100, 300]  # a repeated setting is played once


def test_every_shipped_sweep_can_be_planned():
    assert read.presets("sweeps")
    for name in read.presets("sweeps"):
        found = design.make(name)
        assert len(found) > 1
        for setting in found.settings:
            design.apply(found.scenarios[setting.scenario_id], setting.knobs)


def test_a_kept_plan_is_the_plan_that_was_made(scenario, tmp_path):
    made = plan(scenario, RATE, {"name": "cast.employees.count", "values": [100, 200]}, kind="grid")
    kept = tmp_path / "design.parquet"
    made.table.to_parquet(kept)
    again = design.again(made.sweep, made.scenarios, pd.read_parquet(kept))
    assert again.settings == made.settings
    assert [run.run_id(1) for run in again.runs()] == [run.run_id(1) for run in made.runs()]
