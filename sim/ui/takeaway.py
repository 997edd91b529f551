"""What a planner takes home: the scenario, the figures, the report, the command that repeats the run."""

import csv
import io
import shlex
from pathlib import Path

from sim.results import metrics, report, sequential
from sim.runs import provenance
from sim.scenario import evidence, read
from sim.ui.i18n import Language
from sim.ui.state import FIRST, Found, Inputs


def scenario_file(inputs: Inputs) -> tuple[str, str]:
    """Name and text of the scenario as it stands."""
    return f"{inputs.scenario.name}.toml", read.write(inputs.scenario)


def command(inputs: Inputs, found: Found | None = None) -> tuple[str, bool]:
    """The command of the run, and whether it repeats FOUND to the last digit.

    Names the preset when nothing was changed, else the saved file.  Before a
    run it carries the time after which to stop; a run that ended by itself is
    repeated without it (on a slower machine the time could strike first), one
    that the time ended by its number of replicates.
    """
    untouched = inputs.name in read.presets() and inputs.scenario == inputs.original
    name = inputs.name if untouched else f"{inputs.scenario.name or FIRST}.toml"
    words = f"dandelion compare {shlex.quote(name)} --seed {inputs.seed}"
    if found is None or not found.final or found.inputs != inputs:
        return f"{words} --max-seconds {60 * inputs.minutes:g}", False
    of = found.comparison
    if of.stopped == "limit" and of.replicates < sequential.LIMIT:
        return f"{words} --replicates {of.replicates}", True
    return words, True


def figures_csv(found: Found) -> tuple[str, str]:
    """Name and text of every figure, one row per strategy and metric; a byte-order mark lets spreadsheets see UTF-8."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\r\n")
    writer.writerow(
        ["strategy", "title", "metric", "label", "label_zh", "unit", "mean", "ci95_low", "ci95_high", "p10", "p90"]
    )
    for strategy, row in found.findings["strategies"].items():
        for name, value in row.items():
            of = metrics.METRICS[name]
            low, high = value["ci95"] or (None, None)
            numbers = [value["mean"], low, high, value["p10"], value["p90"]]
            title = cell(found.findings["titles"][strategy])
            cells = ["" if number is None else repr(float(number)) for number in numbers]
            writer.writerow([strategy, title, name, of.label, of.label_zh, of.unit, *cells])
    return f"{found.findings['scenario']}.csv", "\ufeff" + text.getvalue()


def cell(text: str) -> str:
    """TEXT that no spreadsheet takes for a formula."""
    return f"'{text}" if text[:1] in ("=", "+", "-", "@", "\t", "\r") else text


def html_report(found: Found, language: Language) -> tuple[str, str]:
    """Name and text of the self-contained HTML report, the same that `compare -o` writes."""
    scenario = found.comparison.scenario
    inputs: dict[str, str | Path] = {f"{scenario.name}.toml": read.write(scenario)}
    words, _ = command(found.inputs, found)
    manifest = provenance.manifest("compare", found.inputs.seed, inputs, {"scenario": scenario.name})
    manifest["command"] = shlex.split(words)  # not the server's own
    page = report.comparison(found.findings, found.totals, evidence.rows(scenario), manifest, language)
    return f"{scenario.name}.html", page
