"""The report of a finished folder, written again from what the folder holds."""

from pathlib import Path

from sim import errors
from sim.results import report, shelf, sweep_page, words
from sim.scenario import evidence, read
from sim.scenario.schema import Scenario


def publish(folder: Path, language: words.Language = "en") -> Path:
    """Write FOLDER's report.html and return its path.

    Raises UserError when FOLDER is no result folder, EnvironmentFailure when
    the file cannot be written.
    """
    held = shelf.Shelf.view(folder)
    if "sweep" in held.manifest:
        return report.write(folder, sweep_page.page(folder, language))
    found = held.manifest.get("findings")
    if found is None:
        raise errors.UserError(f"{folder} has neither a comparison nor a sweep to report on.")
    rows = [
        row
        for name, text in held.scenarios().items()
        for row in evidence.rows(read.parse(text, Scenario, f"{folder}/scenarios/{name}.toml"))
    ]
    curves = report.totals(held.table("curves"))
    return report.write(folder, report.comparison(found, curves, rows, held.manifest, language))
