"""Evidence: how the model compares with real cascades, every parameter with its source, the limits said plainly."""

from typing import Any

import solara

from sim.scenario import evidence
from sim.scenario.schema import Scenario
from sim.ui import archive, controls, i18n
from sim.ui.i18n import Language
from sim.ui.widgets import views


def parameter_rows(scenario: Scenario, language: Language) -> list[dict[str, Any]]:
    """Every parameter as the template shows it."""
    rows = []
    for row in evidence.rows(scenario):
        low, high = row["low"], row["high"]
        rows.append(
            {
                "name": row["name"],
                "meaning": row["meaning"],
                "value": shown(row["value"]),
                "unit": i18n.unit(row["unit"], language) if row["unit"] != "share" else row["unit"],
                "evidence": row["evidence"],
                "how": i18n.say(row["evidence"], language),
                "source": row["source"],
                "range": "" if low is None or high is None else f"{shown(low)} – {shown(high)}",
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
        band = one.get("band")
        ends = " – ".join(shown(end) for end in band) if isinstance(band, list) else shown(band) if band else ""
        passed = i18n.say("passed" if one.get("pass") else "missed", language)
        rows.append(
            [
                str(one.get("name", one.get("id"))),
                _short(one.get("observed")),
                _short(one.get("simulated")),
                ends,
                passed,
            ]
        )
    return rows


def _short(value: Any) -> str:
    return "–" if value is None else f"{value:,.3g}" if isinstance(value, int | float) else str(value)[:60]


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
        with solara.Div(classes=["dl-section"]):
            if found is None:
                views.Heading(text=i18n.say("validation", language))
                views.Notice(text=i18n.say("validation_none", language, folder=archive.root().name))
            else:
                note = i18n.say("validation_note", language, passed=found.get("passed"), total=found.get("total"))
                views.Heading(text=i18n.say("validation", language), note=note)
                keys = ("target", "observed", "simulated_value", "band", "verdict")
                views.Listing(
                    columns=[i18n.say(key, language) for key in keys],
                    rows=target_rows(found, language),
                    caption=i18n.say("validation", language),
                )
        with solara.Div(classes=["dl-section"]):
            views.Heading(text=i18n.say("parameters", language))
            views.Parameters(
                rows=rows,
                words=i18n.words(
                    language, "search", "parameters", "parameter", "value", "how_known", "plausible_range", "set_here"
                ),
            )
