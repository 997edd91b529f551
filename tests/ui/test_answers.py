"""The rows behind the page: figures, words in both languages, files to take away, folders that may be opened."""

import csv
import io
import string
from dataclasses import replace

import pytest

from sim.errors import UserError
from sim.results import metrics
from sim.runs import compare, keep
from sim.runs.findings import findings, verdict_of
from sim.scenario import read
from sim.scenario.schema import Scenario
from sim.ui import archive, controls, edits, evidence, figures, i18n, roster, setup, state, strategies, takeaway, words
from sim.ui.state import Found, Inputs
from tests.browser import visitor


@pytest.fixture(scope="module")
def found() -> Found:
    scenario = read.parse(visitor.SMALL, Scenario)
    answer = compare.compare(scenario, replicates=8, jobs=2)
    return Found(Inputs("small_launch", scenario, scenario), answer, findings(answer), final=True)


@pytest.mark.parametrize("key", sorted(words.WORDS))
def test_both_languages_take_the_same_values(key):
    english, chinese = words.WORDS[key]
    assert english.strip()
    assert chinese.strip()
    names = [{name for _, name, _, _ in string.Formatter().parse(text) if name} for text in (english, chinese)]
    assert names[0] == names[1]


def test_every_metric_has_a_chinese_label():
    assert [name for name, of in metrics.METRICS.items() if not of.label_zh] == []


def test_the_sentence_carries_both_certainties_and_the_planners_titles(found):
    called = verdict_of(found.comparison)
    named = {**figures.titles(found), "seeding": "明星投放"}
    english = i18n.sentence(called, found.comparison.goal.measure, figures.titles(found), "en")
    chinese = i18n.sentence(called, found.comparison.goal.measure, named, "zh")
    assert "Seeding" in english
    assert "明星投放" in chinese
    for text in (english, chinese):
        assert text.count("%") >= 2


def test_cards_show_the_goal_first_with_an_interval_and_every_strategy_as_a_dot(found):
    rows = figures.cards(found, "seeding", "en")
    assert rows[0]["metric"] == "reach"
    assert "95% interval" in rows[0]["note"]
    assert len(rows[0]["dots"]) == 3
    for row in rows:
        for dot in row["dots"]:
            assert -1e-9 <= dot["from"] <= dot["at"] + 1e-9
            assert dot["at"] <= dot["to"] + 1e-9 <= 100 + 1e-6


def test_differences_against_a_baseline_are_matched_and_signed(found):
    forward = figures.differences(found, "reach", "control", "en")["rows"]
    backward = figures.differences(found, "reach", "seeding", "en")["rows"]
    one = next(row for row in forward if row["key"] == "seeding")
    other = next(row for row in backward if row["key"] == "control")
    assert one["mean"] > 0
    assert one["mean"] == pytest.approx(-other["mean"])
    assert "control" not in [row["key"] for row in forward]


def test_curves_end_at_the_figure_of_the_table(found):
    data = figures.curves(found, "reach", True, "en")
    line = next(one for one in data["series"] if one["key"] == "seeding")
    assert line["mean"][-1] == pytest.approx(found.findings["strategies"]["seeding"]["reach"]["mean"], rel=1e-4)
    assert line["low"][-1] <= line["mean"][-1] <= line["high"][-1]
    assert len(data["x"]) == found.comparison.scenario.hours


def test_chances_sum_to_one(found):
    rows = figures.chances(found)
    assert sum(row["shipped"] for row in rows) == pytest.approx(100)
    assert sum(row["doubt"] for row in rows) == pytest.approx(100)


def test_the_csv_opens_in_a_spreadsheet_and_starts_no_formula(found):
    titled = {**found.findings, "titles": {**found.findings["titles"], "seeding": "=HYPERLINK(1)"}}
    name, text = takeaway.figures_csv(replace(found, findings=titled))
    assert name == "small_launch.csv"
    assert text.startswith("\ufeff")
    rows = list(csv.DictReader(io.StringIO(text.removeprefix("\ufeff"))))
    assert len(rows) == 3 * len(metrics.METRICS)
    assert {row["title"] for row in rows if row["strategy"] == "seeding"} == {"'=HYPERLINK(1)"}


def test_the_command_names_the_preset_or_the_saved_file():
    inputs = state.first_inputs()
    assert takeaway.command(inputs) == "dandelion compare nokia_n8 --seed 1"
    changed = inputs.with_scenario(edits.rename(inputs.scenario, "mixed", "Other"))
    assert takeaway.command(changed) == "dandelion compare nokia_n8.toml --seed 1"
    name, text = takeaway.scenario_file(changed)
    assert name == "nokia_n8.toml"
    assert read.parse(text, Scenario) == changed.scenario


def test_an_upload_is_limited_and_read_like_a_file():
    assert state.uploaded(visitor.SMALL, "x.toml").scenario.name == "small_launch"
    with pytest.raises(UserError, match="larger than"):
        state.uploaded("#" * (read.LIMIT + 1), "x.toml")
    with pytest.raises(UserError, match="bribe"):
        state.uploaded(visitor.SMALL.replace("days = 1", "bribe = 1"), "x.toml")


def test_every_declared_parameter_of_every_table_gets_a_control():
    scenario = state.first_inputs().scenario
    seen = 0
    for place in setup.places(scenario).values():
        for field in setup.section_fields(setup.section_at(scenario, place), "zh"):
            seen += 1
            assert field["meaning"]
            assert field["low"] <= field["high"]
            assert field["evidence"]
    assert seen > 60


def test_what_a_control_shows_is_what_it_gives_back():
    scenario = state.first_inputs().scenario
    action = scenario.strategies["employee_amplification"].posts[1]
    for field in strategies.action_fields(scenario, action, "en"):
        if field["kind"] == "number":
            back = controls.given(type(action), field["name"], field["value"])
            assert back == pytest.approx(getattr(action, field["name"]))


def test_optional_tables_of_a_strategy_get_controls_and_lists_do_not():
    found = strategies.extras()
    assert {"desk", "prize"} <= set(found)
    assert "posts" not in found
    for kind in found.values():
        assert strategies.section_fields(kind(), "en")


def test_leaving_one_out_keeps_everybody_else():
    scenario = read.parse(visitor.SMALL, Scenario)
    plan = scenario.strategies["seeding"]
    rest = roster.without(scenario, plan, "kol_1")
    assert roster.posts_of(plan, "kol_1") == 1
    assert roster.posts_of(rest, "kol_1") == 0
    assert roster.posts_of(rest, "kol_2") == roster.posts_of(plan, "kol_2") == 1
    assert roster.posts_of(roster.joined(scenario, scenario.strategies["brand_only"], "kol_2"), "kol_2") == 1


def test_evidence_lists_every_parameter_with_how_it_is_known():
    rows = evidence.parameter_rows(state.first_inputs().scenario, "en")
    assert len(rows) > 60
    assert {row["evidence"] for row in rows} <= {"seen", "calibrated", "assumed"}


@pytest.fixture
def kept(found, tmp_path, monkeypatch):
    top = tmp_path / "results"
    top.mkdir()
    with keep.place(top / "mine") as draft:
        keep.fill(draft, found.comparison, found.findings)
    monkeypatch.setenv(archive.VARIABLE, str(top))
    return top


def test_a_folder_of_the_command_line_opens(kept, found):
    assert archive.folders() == ["mine"]
    result = archive.opened("mine")
    assert result.sentence == found.findings["sentence"]
    assert set(result.strategies) == set(found.comparison.strategies)
    assert read.parse(result.scenarios["small_launch"], Scenario) == found.comparison.scenario
    mean = (
        archive.means(result, "reach", [])
        if result.knobs
        else result.runs.groupby("strategy", observed=True)["reach"].mean()
    )
    assert mean["seeding"] == pytest.approx(found.findings["strategies"]["seeding"]["reach"]["mean"])


@pytest.mark.parametrize("name", ["../secret", "/etc", "mine/../../secret", "", ".", "link", "mine\0"])
def test_no_other_folder_opens(kept, name):
    """Not by dots, not absolute, not through a link that leads out."""
    secret = kept.parent / "secret"
    (kept / "mine").rename(secret)
    (kept / "link").symlink_to(secret)
    assert archive.folders() == []
    with pytest.raises(UserError, match="not a result folder"):
        archive.opened(name)
