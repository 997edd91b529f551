"""Evidence: how the model compares with real cascades, every parameter with its source, the limits said plainly."""

import math
from collections.abc import Sequence
from typing import Any

import solara

from sim.results import charts, colours
from sim.scenario import evidence
from sim.scenario.schema import Scenario
from sim.ui import archive, controls, figures, i18n
from sim.ui.i18n import Language
from sim.ui.save import SavePicture
from sim.ui.widgets import views

SIDES = (("observed", colours.OKABE_ITO[0], 4.0), ("simulated", colours.OKABE_ITO[1], 2.0))
HOURS = 19
"""The target that compares the hours of the day."""


def parameter_rows(scenario: Scenario, language: Language) -> list[dict[str, Any]]:
    """Every parameter as the template shows it."""
    rows = []
    for row in evidence.rows(scenario):
        low, high = row["low"], row["high"]
        rows.append(
            {
                "name": row["name"],
                "meaning": i18n.meaning(row["meaning"], language),
                "value": shown(row["value"]),
                "unit": i18n.unit(row["unit"], language) if row["unit"] != "share" else row["unit"],
                "evidence": row["evidence"],
                "how": i18n.say(row["evidence"], language),
                "source": row["source"],
                "references": "\n".join(row["references"]),
                "range": "" if low is None or high is None else f"{shown(low)} … {shown(high)}",
                "set": bool(row["set"]),
            }
        )
    return rows


def shown(value: Any) -> str:
    """A value as people write it."""
    return controls.written(float(value)) if isinstance(value, int | float) else str(value)


def target_rows(found: dict[str, Any], language: Language) -> list[list[str]]:
    """One line per calibration target."""
    rows = []
    for one in found["targets"]:
        passed = i18n.say("passed" if one.get("pass") else "missed", language)
        drawn = one.get("id") == HOURS
        observed, simulated = (
            i18n.say("as_drawn", language) if drawn else _short(one.get(side)) for side in ("observed", "simulated")
        )
        name = i18n.meaning(str(one.get("name", one.get("id"))), language)
        rows.append([name, observed, simulated, _band(one.get("band")), _short(one.get("ks")), passed])
    return rows


def _band(band: Any) -> str:
    if isinstance(band, list) and band and isinstance(band[0], list):
        return " · ".join(_band(one) for one in band)
    return " … ".join(_short(end) for end in band) if isinstance(band, list) else _short(band)


def _short(value: Any) -> str:
    if isinstance(value, list):
        return " · ".join(_short(one) for one in value)
    if isinstance(value, int | float):
        return f"{value:,.0f}" if abs(value) >= 1000 else f"{value:.3g}"
    return "–" if value is None else str(value)[:60]


def panels(found: dict[str, Any], language: Language = "en") -> list[dict[str, Any]]:
    """Both sides' distributions as lines in per cent of a panel; only aggregates come here."""
    drawn = [_panel(one) for one in found.get("distributions", ()) if one.get("observed") and one.get("simulated")]
    hours = next((one for one in found["targets"] if one.get("id") == HOURS), None)
    if hours is not None and isinstance(hours.get("observed"), list) and isinstance(hours.get("simulated"), list):
        drawn.append(_hours(hours))
    named = ("title", "unit", "note")
    return [one | {name: i18n.meaning(one[name], language) for name in named} for one in drawn]


def _panel(one: dict[str, Any]) -> dict[str, Any]:
    logarithmic = one["scale"] == "log"
    values = [value for side, *_ in SIDES for value in one[side] if not logarithmic or value > 0]
    low, high = min(values), max(values)

    def place(value: float) -> float:
        if logarithmic:
            return 100 * math.log(max(value, low) / low) / (math.log(high / low) or 1.0)
        return 100 * (value - low) / ((high - low) or 1.0)

    middle = {side: one[side][len(one[side]) // 2] for side, *_ in SIDES}
    return {
        "title": one["title"],
        "unit": one["unit"],
        "note": one["note"],
        "across": [{"at": place(tick), "text": figures.short(tick)} for tick in ticks(low, high, logarithmic)],
        "up": [{"at": at, "text": f"{at}%"} for at in (0, 50, 100)],
        "said": ", ".join(f"{side} {value:.3g}" for side, value in middle.items()),
        **{
            side: [[place(value), 100 * level] for value, level in zip(one[side], one["levels"], strict=True)]
            for side, *_ in SIDES
        },
    }


def _hours(one: dict[str, Any]) -> dict[str, Any]:
    most = max(value or 0.0 for side, *_ in SIDES for value in one[side])
    top = 2.0 * math.ceil(most / 2.0)
    return {
        "title": "Hour of day of late reposts",
        "unit": "China time, reposts later than 24 h",
        "note": "",
        "across": [{"at": 100 * hour / 23, "text": f"{hour}h"} for hour in (0, 6, 12, 18)],
        "up": [{"at": 100 * part, "text": f"{top * part:g}%"} for part in (0.0, 0.5, 1.0)],
        "said": "",
        **{
            side: [[100 * hour / 23, 100 * (value or 0.0) / top] for hour, value in enumerate(one[side])]
            for side, *_ in SIDES
        },
    }


def ticks(low: float, high: float, logarithmic: bool, most: int = 5) -> list[float]:
    """Round numbers between LOW and HIGH, at most about MOST."""
    if logarithmic:
        powers = range(math.floor(math.log10(low)), math.ceil(math.log10(high)) + 1)
        for steps in ((1, 2, 5), (1, 3), (1,)):
            found = [step * 10.0**power for power in powers for step in steps]
            found = [tick for tick in found if low * 0.999 <= tick <= high * 1.001]
            if len(found) <= most + 1:
                return found
        return found
    raw = (high - low) / most or 1.0
    size = 10.0 ** math.floor(math.log10(raw))
    step = next(size * k for k in (1, 2, 5, 10) if size * k >= raw)
    first = math.ceil(low / step)
    return [step * k for k in range(first, math.floor(high / step + 1e-9) + 1)]


def picture(found: Sequence[dict[str, Any]], names: dict[str, str]) -> str:
    """The panels as one SVG, for a slide."""
    sides = [(side, names[side], colour, width / 2.0) for side, colour, width in SIDES]
    return charts.panels(found, sides)


@solara.component
def Evidence(scenario: Scenario, language: Language) -> None:
    """Limits first, then the comparison with reality, then every parameter."""
    rows = solara.use_memo(lambda: parameter_rows(scenario, language), [scenario, language])
    found = solara.use_memo(archive.validation, [])
    count = {kind: sum(row["evidence"] == kind for row in rows) for kind in ("seen", "calibrated", "assumed")}
    with solara.Div(classes=["dl-page"], attributes={"id": "dl-main", "tabindex": "-1", "role": "main"}):
        views.Heading(
            text=i18n.say("evidence_title", language),
            note=i18n.say("parameters_note", language, all=len(rows), **count),
            level=1,
        )
        with solara.Div(classes=["dl-section"]):
            views.Heading(text=i18n.say("limits", language))
            views.Points(points=[i18n.say(f"limit_{number}", language) for number in range(1, 6)])
        if found is not None:
            Validation(found, language)
        with solara.Div(classes=["dl-section"]):
            views.Heading(text=i18n.say("parameters", language))
            views.Parameters(
                rows=rows,
                words=i18n.words(
                    language, "search", "parameters", "parameter", "value", "how_known", "plausible_range", "set_here"
                ),
            )


@solara.component
def Validation(found: dict[str, Any], language: Language) -> None:
    """The distributions over each other, then target by target."""
    note = i18n.say(
        "validation_note",
        language,
        passed=found.get("passed"),
        total=found.get("total"),
        roots=f"{found.get('roots', 0):,}",
        cascades=f"{found.get('cascades', 0):,}",
    )
    drawn = panels(found, language)
    names = {side: i18n.say("observed" if side == "observed" else "simulated_value", language) for side, *_ in SIDES}
    with solara.Div(classes=["dl-section"]):
        views.Heading(text=i18n.say("validation", language), note=note)
        if drawn:
            with solara.Div(classes=["dl-panel"]):
                views.Panels(
                    panels=drawn,
                    lines=[{"key": s, "text": names[s], "colour": c, "width": w} for s, c, w in SIDES],
                )
                SavePicture(lambda: picture(drawn, names), "validation.png", language)
    with solara.Div(classes=["dl-section"]):
        views.Heading(text=i18n.say("targets", language), note=i18n.say("targets_note", language))
        views.Listing(
            columns=[
                i18n.say(key, language) for key in ("target", "observed", "simulated_value", "band", "ks", "verdict")
            ],
            rows=target_rows(found, language),
            caption=i18n.say("targets", language),
            text=True,
        )
