"""The rows behind the page: figures, words in both languages, files to take away, folders that may be opened."""

import csv
import io
import re
from dataclasses import replace
from typing import Annotated, Literal

import numpy as np
import pandas as pd
import pytest

from sim.errors import UserError
from sim.planning import roster as planning
from sim.quantities import Count, Doc, Share
from sim.results import metrics, shelf
from sim.runs import compare, keep, sweep, workers
from sim.runs.findings import verdict_of
from sim.scenario import evidence, read
from sim.scenario.schema import Scenario
from sim.section import Name, Section, Title
from sim.ui import (
    archive,
    controls,
    edits,
    figures,
    forms,
    i18n,
    kols,
    rehearsal,
    roster,
    setup,
    state,
    strategies,
    sweeps,
    takeaway,
)
from sim.ui import evidence as evidence_page
from sim.ui.state import Found, Inputs
from tests.browser import visitor
from tests.runs import toy


@pytest.fixture(scope="module")
def found() -> Found:
    scenario = read.parse(visitor.SMALL, Scenario)
    answer = compare.compare(scenario, replicates=8, jobs=2)
    return rehearsal.answer(Inputs("small_launch", scenario, scenario), answer, final=True)


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


def test_what_is_nought_for_every_strategy_takes_no_room(found):
    """Except a goal: that nobody reached it is an answer."""
    assert {"reach", "messages"} <= set(figures.card_metrics(found))
    assert {"reach", "reposts"} <= set(figures.curve_names(found))
    silent = {"reach": {"mean": 0.0, "ci95": None}, "messages": {"mean": 0.0, "ci95": None}}
    still = state.Band(*(np.zeros(found.comparison.scenario.hours),) * 3)
    quiet = replace(
        found,
        findings={
            **found.findings,
            "strategies": {name: row | silent for name, row in found.findings["strategies"].items()},
        },
        bands={key: still if key[0] == "reposts" else band for key, band in found.bands.items()},
    )
    assert "reach" in figures.card_metrics(quiet)
    assert "messages" not in figures.card_metrics(quiet)
    assert "reposts" not in figures.curve_names(quiet)
    assert "reach" in figures.curve_names(quiet)


def test_what_is_measured_has_a_unit_in_the_table(found):
    told = {one["key"]: one["unit"] for one in figures.table(found, "en")["columns"]}
    assert (told["depth"], told["cost"]) == ("hops", "RMB")
    assert told["reach"] == ""
    replies = {"reply_minutes_p50": {"mean": 6.0, "ci95": None, "p10": None, "p90": None}}
    table = {name: row | replies for name, row in found.findings["strategies"].items()}
    told = figures.table(replace(found, findings={**found.findings, "strategies": table}), "en")["columns"]
    assert {one["key"]: one["unit"] for one in told}["reply_minutes_p50"] == "minutes"


def test_a_card_says_what_a_strategy_does_that_posts_nothing():
    scenario = state.first_inputs("airline_reply").scenario
    assert strategies.summary(scenario.strategies["minutes_6"], "en") == "Service desk"
    assert strategies.summary(scenario.strategies["never"], "en") == i18n.say("nobody", "en")


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
    assert takeaway.command(inputs) == ("dandelion compare nokia_n8 --seed 1 --max-seconds 120", False)
    changed = inputs.with_scenario(edits.rename(inputs.scenario, "mixed", "Other"))
    assert takeaway.command(changed)[0].startswith("dandelion compare nokia_n8.toml --seed 1")
    name, text = takeaway.scenario_file(changed)
    assert name == "nokia_n8.toml"
    assert read.parse(text, Scenario) == changed.scenario


@pytest.mark.parametrize(
    ("stopped", "replicates", "tail"),
    [("leader", 24, ""), ("width", 54, ""), ("limit", 400, ""), ("limit", 36, " --replicates 36")],
)
def test_the_command_of_a_finished_run_repeats_it_whatever_ended_it(found, stopped, replicates, tail):
    ended = replace(found, comparison=replace(found.comparison, stopped=stopped, replicates=replicates))
    assert takeaway.command(found.inputs, ended) == (f"dandelion compare small_launch.toml --seed 1{tail}", True)
    assert takeaway.command(replace(found.inputs, seed=2), ended)[1] is False
    assert takeaway.command(found.inputs, replace(ended, final=False))[1] is False


def test_an_upload_is_limited_and_read_like_a_file():
    assert state.uploaded(visitor.SMALL, "x.toml").scenario.name == "small_launch"
    with pytest.raises(UserError, match="larger than"):
        state.uploaded("#" * (read.LIMIT + 1), "x.toml")
    with pytest.raises(UserError, match="bribe"):
        state.uploaded(visitor.SMALL.replace("days = 1", "bribe = 1"), "x.toml")


def test_a_file_that_was_made_from_a_preset_is_that_preset_edited():
    """Its command may not name the preset, which is something else (the fuzz campaign found it by a link)."""
    preset = state.first_inputs("account_groups")
    text = read.write(preset.scenario)
    assert state.uploaded(text, "x.toml") == preset
    changed = state.uploaded(text.replace("days = 7.0", "days = 3.0"), "x.toml")
    assert changed.scenario.days == 3.0
    assert changed.original == preset.original
    assert takeaway.command(changed)[0].startswith("dandelion compare account_groups.toml --seed 1")


@pytest.mark.parametrize("preset", sorted(read.presets()))
def test_every_declared_parameter_of_every_table_gets_a_control(preset):
    """Against the list of evidence, which walks the scenario by itself."""
    scenario = state.first_inputs(preset).scenario
    shown = set()
    for key, place in setup.places(scenario).items():
        for field in forms.fields(setup.section_at(scenario, place), "zh"):
            if field["kind"] == "number":
                assert field["meaning"]
                assert field["low"] <= field["high"]
                assert field["evidence"]
                shown.add(f"{key}.{field['name']}")
    numbered = {
        re.sub(r"\.kol_(\d+)\.", lambda m: f".{int(m[1]) - 1}.", row["name"]) for row in evidence.rows(scenario)
    }
    wanted = {
        n for n in numbered if n.split(".")[0] in ("response", "attention", "prices", "topic", "contents", "service")
    }
    assert len(wanted) > 40
    assert wanted - shown == set()


def test_what_a_control_shows_is_what_it_gives_back():
    scenario = state.first_inputs().scenario
    action = scenario.strategies["employee_amplification"].posts[1]
    for field in strategies.action_fields(scenario, action, "en"):
        if field["kind"] == "number":
            back = controls.given(type(action), field["name"], field["value"])
            assert back == pytest.approx(getattr(action, field["name"]))


def test_a_card_asks_only_what_its_scenario_can_answer():
    """Channel, topic and approval where there is a closed circle, a hot topic, a headquarters."""

    def asked(scenario: Scenario) -> dict[str, dict]:
        action = next(one for strategy in scenario.strategies.values() for one in strategy.posts)
        return {field["name"]: field for field in strategies.action_fields(scenario, action, "en")}

    plain = state.first_inputs("nokia_n8")
    assert {"by", "at", "times"} <= asked(plain.scenario).keys()
    assert not {"channel", "topic", "approval"} & asked(plain.scenario).keys()
    for table, key in strategies.NEEDS.items():
        assert table in asked(setup.switched(plain, key, True))
    hot = asked(state.first_inputs("hot_topic").scenario)
    declared = [one.name for one in state.first_inputs("hot_topic").scenario.hot.topics]
    assert [one["value"] for one in hot["topic"]["options"]] == ["", *declared]


def test_optional_tables_of_a_strategy_get_controls_and_lists_do_not():
    found = strategies.extras()
    assert {"desk", "prize"} <= set(found)
    assert "posts" not in found
    for kind in found.values():
        assert forms.fields(kind.model_validate(forms.begun(kind, {})), "en")


class Inner(Section):
    """A table in a table."""

    worth: Annotated[Share, Doc("what it is worth", "seen", "a book", doubt=(0.1, 0.4))]
    kind: Literal["gift", "coupon"]


class Practice(Section):
    """One key of every kind that a table may declare."""

    often: Annotated[Count, Doc("how often")] = 3
    on: bool = False
    way: Literal["slow", "fast"] | None = None
    content: Name | None = None
    title: Title = ""
    hours: tuple[float, ...] = (8.0, 12.0)
    inner: Inner | None = None


def test_a_key_of_any_kind_becomes_a_control_by_itself_and_is_given_back():
    """What a new practice declares appears in the app without a line of the app's."""
    known = {"content": [{"value": "launch", "text": "Launch"}]}
    fields = {one["name"]: one for one in forms.fields(Practice(), "en", known)}
    kinds = {name: one["kind"] for name, one in fields.items()}
    assert kinds == {
        "often": "number", "on": "check", "way": "choice", "content": "choice", "title": "text", "hours": "text",
        "inner": "check",
    }  # fmt: skip
    assert [one["value"] for one in fields["content"]["options"]] == ["", "launch"]
    asked = {
        "often": 5,
        "on": True,
        "way": "fast",
        "content": "launch",
        "title": "x",
        "hours": "9, 21.5",
        "inner": True,
    }
    table = {name: forms.given(Practice, name, value, known) for name, value in asked.items()}
    made = Practice.model_validate(table)
    assert made.hours == (9.0, 21.5)
    assert made.inner == Inner(worth=1.0, kind="gift")
    inner = {one["name"]: one for one in forms.fields(made, "en", known)}
    assert inner["inner.worth"]["value"] == 100
    assert "a book" in inner["inner.worth"]["evidence"]
    assert forms.given(Practice, "inner.worth", 40) == 0.4
    assert [forms.given(Practice, name, "") for name in ("way", "content")] == [None, None]
    assert forms.given(Practice, "inner", False) is None


def test_what_can_be_named_is_offered_and_nothing_else_is_asked():
    """A group can be chosen where groups are declared; elsewhere no empty box stands there."""
    grouped, plain = state.first_inputs("account_groups").scenario, state.first_inputs("nokia_n8").scenario
    name = next(one for one in grouped.strategies if grouped.strategies[one].group)
    fields = {one["name"]: one for one in strategies.head_fields(grouped, name, "en")}
    assert {"", *grouped.groups} == {one["value"] for one in fields["group"]["options"]}
    assert {"group", "calendar"} & {one["name"] for one in strategies.head_fields(plain, "mixed", "en")} == set()


@pytest.fixture(scope="module")
def answer() -> roster.Answer:
    scenario = read.parse(visitor.SMALL, Scenario)
    inputs = Inputs("small_launch", scenario, scenario)
    return roster.chosen(roster.Asking(inputs, "seeding", roster.money(scenario, "seeding")), lambda *_: None)


def test_the_kol_page_says_what_the_planning_says(answer):
    scenario = answer.asking.inputs.scenario
    asked = planning.choose(scenario, 100_000, strategy="seeding", seed=1)
    assert answer.found == asked.plain()
    shown = kols.table(scenario, "seeding", answer.found, "en")
    first = answer.found["roster"][0]
    row = shown["rows"][0]
    assert row["key"] == first["name"]
    assert row["cells"]["ceiling"]["sort"] == first["price_ceiling"]
    assert row["cells"]["worth"]["sort"] == first["marginal"]
    for language in ("en", "zh"):
        hire, _ = kols.sentences(scenario, answer.found, language)
        assert "KOL 1" in hire
        assert len(kols.rules(scenario, answer.found, language)) == len(answer.found["baselines"])


def test_a_roster_becomes_a_strategy(answer):
    scenario = answer.asking.inputs.scenario
    new = edits.add_strategy(scenario, "Roster", answer.found["plan"]["strategy"])
    again = edits.add_strategy(new, "Roster", answer.found["plan"]["strategy"])
    assert [one.title for one in again.strategies.values()][-2:] == ["Roster", "Roster (2)"]
    hired = {one["name"] for one in answer.found["roster"]}
    assert hired <= {action.by for action in new.strategies["roster"].posts}


def test_evidence_lists_every_parameter_with_how_it_is_known():
    rows = evidence_page.parameter_rows(state.first_inputs().scenario, "en")
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
    mean = archive.means(archive.sums(result, "reach").assign(all=0), ["all"]).iloc[0]
    assert mean["seeding"] == pytest.approx(found.findings["strategies"]["seeding"]["reach"]["mean"])
    assert len(archive.first_runs(result, ["run_id", "strategy"], 3)) == 3
    with pytest.raises(UserError, match="not a metric"):
        archive.sums(result, 'reach" from runs; drop table runs')


def test_a_sweep_is_summed_as_pandas_would(tmp_path, monkeypatch):
    """The lead by two knobs, against the rows themselves."""
    with workers.engine("threads", 2) as engine:
        sweep.run(toy.plan(replicates=5), tmp_path / "toy", engine=engine, make=toy.Toy)
    monkeypatch.setenv(archive.VARIABLE, str(tmp_path))
    result = archive.opened("toy")
    assert (result.runs, result.failures) == (35, 5)
    assert result.knobs == ("response.repost_rate",)
    assert result.strategies == ("control", "celebrity_seeding")
    played = archive.sums(result, "reach")
    rows = shelf.open(tmp_path / "toy").astype({"strategy": str})
    wanted = rows.groupby(["response.repost_rate", "strategy"])["reach"].mean().unstack()
    found = archive.means(played, ["response.repost_rate"])
    pd.testing.assert_frame_equal(found, wanted, check_names=False)
    lead = archive.lead(played, "reach", "celebrity_seeding", "control", ["response.repost_rate"])
    assert lead.dropna().to_numpy() == pytest.approx((wanted["celebrity_seeding"] - wanted["control"]).dropna())
    moved = archive.tornado(played, result.knobs, "reach", "celebrity_seeding", "control")[0]
    assert (moved["low"], moved["low_at"]) == (pytest.approx(lead.iloc[0]), 0.005)
    assert sweeps.tornado_rows([moved], "zh")[0]["name"] == strategies.knob_title("response.repost_rate", "zh")
    by = ["replicate", "response.repost_rate", "strategy"]
    first = archive.first_runs(result, ["run_id", *by], 20)
    ordered = rows.sort_values(by)["run_id"].head(20).tolist()
    assert first["run_id"].tolist() == ordered


@pytest.mark.parametrize("name", ["../secret", "/etc", "mine/../../secret", "", ".", "link", "mine\0"])
def test_no_other_folder_opens(kept, name):
    """Not by dots, not absolute, not through a link that leads out."""
    secret = kept.parent / "secret"
    (kept / "mine").rename(secret)
    (kept / "link").symlink_to(secret)
    assert archive.folders() == []
    with pytest.raises(UserError, match="not a result folder"):
        archive.opened(name)


@pytest.fixture
def validation() -> dict:
    return archive.validation()


def test_the_shipped_validation_is_drawn_side_by_side_and_holds_no_row_of_the_data(validation):
    """33 quantiles a measure: an aggregate. Both lines rise from the left to the right of their panel."""
    assert validation["total"] == 21
    assert len(validation["distributions"]) >= 8
    for one in validation["distributions"]:
        assert len(one["observed"]) == len(one["simulated"]) == len(one["levels"]) <= 40
    drawn = evidence_page.panels(validation)
    assert len(drawn) == len(validation["distributions"]) + 1
    for panel in drawn[:-1]:
        for side in ("observed", "simulated"):
            assert panel[side] == sorted(panel[side])
        assert 2 <= len(panel["across"]) <= 7
    for panel in drawn:
        places = [value for side in ("observed", "simulated") for pair in panel[side] for value in pair]
        assert min(places) >= -1e-9
        assert max(places) <= 100 + 1e-9
    assert evidence_page.picture(drawn, {"observed": "real", "simulated": "model"}).startswith("<svg")
    assert len(evidence_page.target_rows(validation, "zh")) == 21


@pytest.mark.parametrize(("low", "high", "logarithmic"), [(0.0, 1.0, False), (0.03, 1.0, False), (2.0, 900.0, True)])
def test_ticks_are_round_and_lie_inside(low, high, logarithmic):
    found = evidence_page.ticks(low, high, logarithmic)
    assert 2 <= len(found) <= 7
    assert all(low * 0.99 <= tick <= high * 1.01 for tick in found)


@pytest.mark.parametrize(
    ("levels", "gaps", "said"),
    [
        ([0.0, 10.0], [5.0, -5.0], "≈ 5"),
        ([0.0, 10.0, 20.0], [6.0, -2.0, 2.0], "≈ 7.5, ≈ 15"),
        ([100, 200, 400, 800], [3.0, 1.0, -1.0, -3.0], "≈ 283"),  # spaced by factors: the geometric middle
        ([1, 2], [1.0, 2.0], ""),
        ([1, 2, 3], [1.0, float("nan"), -1.0], ""),
        (["a", "b"], [1.0, -1.0], ""),
    ],
)
def test_the_break_even_lies_where_the_lead_is_nought(levels, gaps, said):
    assert sweeps.even(levels, gaps) == said
