"""The app's words: both languages say the same, and nothing that a planner reads is left in English."""

import string
from collections.abc import Iterator
from typing import Literal, get_args, get_origin

import pytest

from sim import quantities
from sim.results import metrics, verdict
from sim.scenario import complaints, read
from sim.scenario.schema import Scenario
from sim.section import Section
from sim.ui import i18n, words


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


def declared(kind: object, seen: set[object]) -> Iterator[str]:
    """What every parameter below the table KIND means."""
    kind = complaints.bare(kind)
    if isinstance(kind, type) and issubclass(kind, Section) and kind not in seen:
        seen.add(kind)
        yield from (one.doc.meaning for one in quantities.parameters(kind).values())
        for info in kind.model_fields.values():
            yield from declared(info.rebuild_annotation(), seen)
    for inner in kind if isinstance(kind, tuple) else get_args(kind):
        yield from declared(inner, seen)


def test_what_parameters_mean_is_said_in_chinese():
    """One that is new may wait for its translator; nineteen of twenty may not."""
    wanted = {*declared(Scenario, set()), *(of.meaning for of in metrics.METRICS.values())}
    missing = sorted(text for text in wanted if i18n.meaning(text, "zh") == text)
    assert len(wanted) > 250
    assert len(missing) < 0.05 * len(wanted), missing


def ranged(kind: object, seen: set[object]) -> Iterator[str]:
    """The unit of every number below the table KIND."""
    kind = complaints.bare(kind)
    if isinstance(kind, type) and issubclass(kind, Section) and kind not in seen:
        seen.add(kind)
        yield from (one.range.unit for one in quantities.parameters(kind).values() if one.range is not None)
        for info in kind.model_fields.values():
            yield from ranged(info.rebuild_annotation(), seen)
    for inner in kind if isinstance(kind, tuple) else get_args(kind):
        yield from ranged(inner, seen)


def test_every_unit_is_said_in_chinese():
    wanted = {*ranged(Scenario, set()), *(of.unit for of in metrics.METRICS.values())}
    assert {"hours", "RMB", "exponent"} <= wanted
    assert [unit for unit in wanted if unit and i18n.unit(unit, "zh") == unit] == []


def named(kind: object, seen: set[object]) -> Iterator[str]:
    """Every key and every choice below the table KIND."""
    kind = complaints.bare(kind)
    if get_origin(kind) is Literal:
        yield from (one for one in get_args(kind) if isinstance(one, str))
        return
    if isinstance(kind, type) and issubclass(kind, Section) and kind not in seen:
        seen.add(kind)
        for name, info in kind.model_fields.items():
            yield name
            yield from named(info.rebuild_annotation(), seen)
    for inner in kind if isinstance(kind, tuple) else get_args(kind):
        yield from named(inner, seen)


def test_what_keys_are_called_is_said_in_chinese():
    wanted = set(named(Scenario, set()))
    missing = sorted(key for key in wanted if i18n.knob(key, "zh") == i18n.knob(key, "en"))
    assert {"repost_rate", "workday", "posts"} <= wanted
    assert len(missing) < 0.05 * len(wanted), missing
