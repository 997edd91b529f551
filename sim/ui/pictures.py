"""Charts of the planner's page as SVG, for a slide: what the page shows, on white."""

from collections.abc import Sequence

from sim.results import charts
from sim.ui import controls, figures
from sim.ui.figures import Row
from sim.ui.i18n import Language
from sim.ui.state import Found


def differences(found: Row, label: str, baseline: str) -> str:
    """The paired differences as an SVG, for a slide."""
    rows = [
        {
            "label": row["title"],
            "mean": row["mean"],
            "low": row["low"],
            "high": row["high"],
            "note": f"{row['value']} {found['unit']}",
            "colour": row["colour"],
        }
        for row in found["rows"]
    ]
    head = {"label": f"{label} − {baseline}", "mean": 0.0, "low": 0.0, "high": 0.0, "note": "", "colour": "#FFFFFF"}
    return charts.forest([head, *rows])


def chances(rows: Sequence[Row], label: str) -> str:
    """P(best) as an SVG, for a slide."""
    bars = [
        {"label": row["title"], "mean": row["doubt"] or row["shipped"] or 0.0, "low": None, "high": None,
         "colour": row["colour"]}
        for row in rows
    ]  # fmt: skip
    return charts.bars(bars, f"{label} %")


def money(found: Found, language: Language = "en") -> str:
    """Spend by strategy and item, for a slide."""
    spent = found.findings["spend"]
    parts = {
        name: {item.replace("_", " "): value for item, value in items.items() if item not in ("total", "remainder")}
        for name, items in spent.items()
    }
    budget = float(found.findings["budget"])
    return charts.stacks(parts, figures.titles(found, language), budget if budget < controls.NO_LIMIT else float("inf"))
