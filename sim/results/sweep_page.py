"""The report of a sweep: findings as sentences, heat maps, what moves the lead, where it flips, every setting."""

import functools
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import markupsafe
import numpy as np
import pandas as pd

from sim.results import charts, colours, landscape, metrics, query, report, shelf, verdict, words
from sim.results.landscape import Landscape

ROWS = 200
"""Settings shown; all of them stand in the folder."""


def page(folder: Path, language: words.Language = "en") -> str:
    """The report of the sweep in FOLDER. Raises UserError when there is none."""
    held = shelf.Shelf.view(folder)
    about: Mapping[str, Any] = held.manifest.get("sweep") or {}
    titles = {str(name): charts.printable(title) for name, title in about.get("titles", {}).items()}
    found = landscape.landscapes(folder)
    runs = int(query.query(folder, "select count(*) as n from runs")["n"][0])
    failed = held.failures()
    planned = about.get("runs", runs)
    counted = f"{runs:,} of {planned:,} runs"
    if len(failed):
        counted += f" · {len(failed):,} {words.say('failed', language)}"
    causes = [] if failed.empty else list(failed["error"].value_counts().head(8).items())
    return (
        report.pages()
        .get_template("sweep.html")
        .render(
            say=functools.partial(words.say, language=language),
            language="en" if language == "en" else "zh-CN",
            title=charts.printable(about.get("title") or about.get("name") or folder.name),
            about=charts.printable(about.get("about", "")),
            counted=counted,
            parts=[_part(one, titles, str(number), language) for number, one in enumerate(found)],
            failures=[(f"{count:,}", charts.printable(error)) for error, count in causes],
            command=report.command(held.manifest),
            made=report.made(held.manifest),
        )
    )


def _title(name: str, titles: Mapping[str, str]) -> str:
    return titles.get(name) or verdict.title(name)


def _amount(of: Landscape, mean: float, low: float | None, high: float | None, signed: bool = True) -> str:
    """ "+120,000 readers [90,000, 150,000]" """
    measure = of.goal.measure
    step = None if low is None or high is None else metrics.step_for(high - low, measure)
    text = metrics.write(mean, measure, signed=signed, step=step) + (f" {measure.unit}" if measure.unit else "")
    if low is not None and high is not None:
        text += f" [{metrics.write(low, measure, step=step)}, {metrics.write(high, measure, step=step)}]"
    return text


def _part(of: Landscape, titles: Mapping[str, str], number: str, language: words.Language) -> dict[str, Any]:
    return {
        "name": of.scenario_id,
        "verdict": _verdict(of, titles),
        "sentences": _sentences(of, titles),
        "heats": [markupsafe.Markup(svg) for svg in _heats(of, titles, number)],
        "tornado": _tornado(of, titles, number, language),
        "indices": _indices(of, number, language),
        "table": _table(of, titles),
    }


def _verdict(of: Landscape, titles: Mapping[str, str]) -> str:
    label = of.goal.measure.label
    if of.a is None or of.b is None or of.lead is None:
        return (
            f"{_title(of.ranked[0], titles)} is the only strategy ranked on {label}." if of.ranked else "No runs yet."
        )
    a, b = _title(of.a, titles), _title(of.b, titles)
    count = int(of.settings["winner"].notna().sum())
    mean, low, high = of.lead
    sure = low is not None and low > 0
    said = f"{a} leads {b} on {label} over the whole design by {_amount(of, mean, low, high, signed=False)}"
    wins = f"it has the best mean in {of.wins[of.a]:,} of {count:,} settings" if count > 1 else ""
    if not sure:
        said = f"No clear leader on {label} over the whole design: {a} against {b} {_amount(of, mean, low, high)}"
    return f"{said}; {wins}." if wins else f"{said}."


def _sentences(of: Landscape, titles: Mapping[str, str]) -> list[str]:
    if of.a is None or of.b is None:
        return []
    a, b = _title(of.a, titles), _title(of.b, titles)
    count = len(of.settings)
    said = []
    if count > 1:
        said.append(
            f"After correction for looking at {count:,} settings at once, {a} is clearly ahead of {b} in "
            f"{of.clear[of.a]:,}, clearly behind in {of.clear[of.b]:,}, and not clear in "
            f"{count - of.clear[of.a] - of.clear[of.b]:,}."
        )
        others = ", ".join(f"{_title(name, titles)} {wins:,}" for name, wins in of.wins.items() if wins)
        said.append(f"Best mean by number of settings: {others}.")
    for row in of.moves.head(3).to_dict("records"):
        clear = "" if row["low"] is None or np.isnan(row["low"]) or row["low"] * row["high"] <= 0 else ", clear of zero"
        low, high = (None if value is None or np.isnan(value) else float(value) for value in (row["low"], row["high"]))
        said.append(
            f"From {row['knob']} = {charts.level(row['from'])} to {charts.level(row['to'])} the lead of {a} changes by "
            f"{_amount(of, float(row['change']), low, high)}{clear}."
        )
    for flip in of.flips:
        span = (
            f" [{charts.level(flip.low)}, {charts.level(flip.high)}]"
            if flip.low is not None and flip.high is not None
            else ""
        )
        said.append(
            f"The winner flips at {flip.knob} = {charts.level(flip.at)}{span}: {_title(flip.below, titles)} below, "
            f"{_title(flip.above, titles)} above (other knobs averaged over the design)."
        )
    if of.box is not None:
        limits = " and ".join(
            f"{knob} in {charts.level(low)} to {charts.level(high)}" for knob, (low, high) in of.box.limits.items()
        )
        said.append(
            f"{a} does not win where {limits}: {100 * of.box.density:.0f}% of the {of.box.inside:,} settings there are "
            f"lost, {100 * of.box.coverage:.0f}% of all lost settings lie there."
        )
    if of.missing:
        said.append(
            f"{of.missing:,} settings lack runs that are still to come or failed; sensitivity indices need all."
        )
    return [charts.printable(sentence) for sentence in said]


def _heats(of: Landscape, titles: Mapping[str, str], number: str) -> list[str]:
    """The mean of a strategy that moves, and the lead, over the two knobs that move the lead most."""
    knobs = [str(knob) for knob in of.moves["knob"][:2]] if len(of.moves) else []
    if of.a is None or of.b is None or len(knobs) < 2:
        return []
    frame = pd.DataFrame({knob: landscape.classes(of.settings[knob]) for knob in knobs})
    shown = max((of.a, of.b), key=lambda name: float(of.settings[f"mean:{name}"].std() or 0.0))
    drawn: list[str] = []
    for column, title, centre in (
        (f"mean:{shown}", f"{_title(shown, titles)}: {of.goal.measure.label}", None),
        ("lead", f"Lead of {_title(of.a, titles)} over {_title(of.b, titles)}", 0.0),
    ):
        table = frame.assign(value=of.settings[column]).pivot_table(
            index=knobs[1], columns=knobs[0], values="value", aggfunc="mean", observed=True
        )
        drawn.append(charts.heat(table, (knobs[1], knobs[0]), title[:56], centre, f"heat{number}{len(drawn)}"))
    return drawn


def _tornado(of: Landscape, titles: Mapping[str, str], number: str, language: words.Language) -> dict[str, Any] | None:
    if of.a is None or of.b is None or of.moves.empty:
        return None
    rows = [
        {
            "label": f"{row['knob']}: {charts.level(row['from'])} to {charts.level(row['to'])}",
            "mean": row["change"],
            "low": None if row["low"] is None or np.isnan(row["low"]) else row["low"],
            "high": None if row["high"] is None or np.isnan(row["high"]) else row["high"],
            "colour": colours.OKABE_ITO[0 if row["change"] >= 0 else 1],
        }
        for row in of.moves.head(12).to_dict("records")
    ]
    svg = charts.bars(rows, f"change of the lead, {of.goal.measure.unit or of.goal.measure.label}", f"tornado{number}")
    title = words.say("tornado", language, a=_title(of.a, titles), b=_title(of.b, titles))
    return {"title": title, "svg": markupsafe.Markup(svg), "note": words.say("tornado_note", language)}


def _indices(of: Landscape, number: str, language: words.Language) -> dict[str, Any] | None:
    if of.indices.empty:
        return None
    main = "total" if "total" in of.indices else "mu_star"
    rows = [
        {
            "label": row["knob"],
            "mean": row[main],
            "low": row["low"],
            "high": row["high"],
            "colour": colours.OKABE_ITO[2],
        }
        for row in of.indices.to_dict("records")
    ]
    name = "total effect (Sobol)" if main == "total" else "mu* (Morris)"
    svg = charts.bars(rows, f"{name} on the lead", f"indices{number}")
    label = words.label(of.goal.measure, language)
    title = words.say("indices", language, metric=label)
    return {"title": title, "svg": markupsafe.Markup(svg), "note": words.say("indices_note", language)}


def _table(of: Landscape, titles: Mapping[str, str]) -> dict[str, Any]:
    head = [*of.knobs, *(_title(name, titles) for name in of.strategies)]
    lead = of.a is not None and of.b is not None
    if lead:
        head.append(f"{_title(str(of.a), titles)} − {_title(str(of.b), titles)}")
    rows = []
    for row in of.settings.head(ROWS).to_dict("records"):
        cells = [charts.level(row[knob]) for knob in of.knobs]
        cells += [metrics.write(row[f"mean:{name}"], of.goal.measure) for name in of.strategies]
        if lead:
            ends = (row["low"], row["high"])
            low, high = (None if value is None or np.isnan(value) else float(value) for value in ends)
            cells.append(_amount(of, float(row["lead"]), low, high) if np.isfinite(row["lead"]) else "n/a")
        rows.append([charts.printable(cell) for cell in cells])
    note = f"Mean {of.goal.measure.label}; the intervals of the differences hold for all settings together (95%)."
    if len(of.settings) > ROWS:
        note += f" The first {ROWS} of {len(of.settings):,} settings; all stand in the folder."
    return {"head": [charts.printable(name) for name in head], "rows": rows, "note": note}
