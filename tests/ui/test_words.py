"""The app's words: both languages say the same, and nothing that a planner reads is left in English."""

import string
from collections.abc import Iterator
from typing import get_args

import pytest

from sim import quantities
from sim.results import metrics, verdict
from sim.scenario import complaints, read
from sim.scenario.schema import Scenario
from sim.ui import forms, i18n, strategies, words


@pytest.mark.parametrize("key", sorted(words.WORDS))
def test_both_languages_take_the_same_values(key):
    english, chinese = words.WORDS[key]
    assert english.strip()
    assert chinese.strip()
    names = [{name for _, name, _, _ in string.Formatter().parse(text) if name} for text in (english, chinese)]
    assert names[0] == names[1]


def test_every_metric_has_a_chinese_label():
    assert [name for name, of in metrics.METRICS.items() if not of.label_zh] == []


@pytest.mark.parametrize("preset", sorted(read.presets()))
def test_a_shipped_scenario_speaks_chinese(preset):
    """Its name, its question and its strategies; whoever renames one renames it in both languages."""
    scenario = read.read(preset, Scenario)
    told = [scenario.title, scenario.about, *(one.title for one in scenario.strategies.values())]
    told += [verdict.title(name) for name in scenario.contents]
    assert [text for text in told if text and i18n.called(text, "zh") == text] == []
    assert all(i18n.called(text, "en") == text for text in told)


def test_what_a_planner_named_stays_as_it_is():
    assert i18n.called("Übersäen 播种", "zh") == "Übersäen 播种"


def kinds(kind: object, seen: set[object]) -> Iterator[object]:
    """What the declaration KIND is made of: tables (each once), plain types, the choices of a Literal."""
    kind = complaints.bare(kind)
    if kind in seen:
        return
    yield kind
    if forms.is_table(kind):
        seen.add(kind)
        for info in kind.model_fields.values():
            yield from kinds(info.rebuild_annotation(), seen)
    for inner in kind if isinstance(kind, tuple) else get_args(kind):
        yield from kinds(inner, seen)


DECLARED = list(kinds(Scenario, set()))
TABLES = [kind for kind in DECLARED if forms.is_table(kind)]
PARAMETERS = [one for table in TABLES for one in quantities.parameters(table).values()]


def test_what_parameters_mean_is_said_in_chinese():
    """One that is new may wait for its translator; nineteen of twenty may not."""
    wanted = {*(one.doc.meaning for one in PARAMETERS), *(of.meaning for of in metrics.METRICS.values())}
    wanted |= {info.description for table in TABLES for info in table.model_fields.values() if info.description}
    missing = sorted(text for text in wanted if i18n.meaning(text, "zh") == text)
    assert len(wanted) > 250
    assert len(missing) < 0.05 * len(wanted), missing


@pytest.mark.parametrize("preset", sorted(read.presets()))
def test_every_control_of_a_strategy_says_what_it_means(preset):
    scenario = read.read(preset, Scenario)
    for name, strategy in scenario.strategies.items():
        head, *fields = strategies.head_fields(scenario, name, "en")
        assert head["name"] == "title"
        fields += [one for action in strategy.posts for one in strategies.action_fields(scenario, action, "en")]
        fields += forms.fields(strategy, "en", strategies.choices(scenario, "en"), ("posts", "title"))
        assert [one["name"] for one in fields if not one.get("meaning")] == []


def test_every_unit_is_said_in_chinese():
    wanted = {one.range.unit for one in PARAMETERS if one.range is not None}
    wanted |= {of.unit for of in metrics.METRICS.values()}
    assert {"hours", "RMB", "exponent"} <= wanted
    assert [unit for unit in wanted if unit and i18n.unit(unit, "zh") == unit] == []


def test_what_keys_are_called_is_said_in_chinese():
    wanted = {key for table in TABLES for key in table.model_fields}
    wanted |= {one for one in DECLARED if isinstance(one, str)}
    missing = sorted(key for key in wanted if i18n.knob(key, "zh") == i18n.knob(key, "en"))
    assert {"repost_rate", "workday", "posts"} <= wanted
    assert len(missing) < 0.05 * len(wanted), missing


@pytest.mark.parametrize(
    ("knob", "english", "chinese"),
    [
        ("cast.employees.count", "Employees · Head count", "员工 · 人数"),
        ("response.repost_rate", "Response · Repost rate", None),
        ("days", "Days", None),
    ],
)
def test_a_knob_is_called_as_its_control_is(knob, english, chinese):
    assert strategies.knob_title(knob, "en") == english
    assert chinese is None or strategies.knob_title(knob, "zh") == chinese
