"""Keeping a comparison: the result folder of `compare -o`, filled beside its place and moved there when whole."""

import contextlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pandas as pd

from sim.results import shelf
from sim.results.metrics import METRICS
from sim.runs import provenance
from sim.runs.compare import Comparison
from sim.scenario import evidence, read

KIND = "compare"


@contextlib.contextmanager
def place(folder: Path | None) -> Iterator[Path | None]:
    """A draft to fill that becomes FOLDER when the block ends well and vanishes otherwise; None for None.

    Raises UserError (FOLDER holds something else) and EnvironmentFailure (not
    writable) before any work is done.
    """
    if folder is None:
        yield None
        return
    with shelf.staged(folder, KIND) as draft:
        yield draft


def fill(draft: Path, of: Comparison, found: dict[str, Any], graph_file: Path | None = None) -> None:
    """The comparison OF with its `findings` FOUND into DRAFT; a setting is a kind of luck."""
    from sim.results import report  # it draws with matplotlib, which a comparison without a folder need not wait for

    name = of.scenario.name
    text = read.write(of.scenario)
    inputs: dict[str, str | Path] = {f"{name}.toml": text}
    if graph_file is not None and graph_file.is_file():
        inputs[graph_file.name] = graph_file
    manifest = provenance.manifest(KIND, of.seed, inputs, {"scenario": name}) | {"findings": found}
    design = pd.DataFrame({"scenario_id": name, "setting_id": list(of.outcomes["luck"].unique())})
    runs = [_run(name, {str(k): v for k, v in row.items()}) for row in of.outcomes.to_dict("records")]
    curves = of.curves.assign(run_id=_ids(name, "shipped", of.curves["strategy"], of.curves["replicate"]))
    with shelf.Shelf.hold(draft, manifest, {name: text}, design) as kept:
        kept.add(runs, [curves])
    report.write(draft, report.comparison(found, report.totals(of.curves), evidence.rows(of.scenario), manifest))


def _run(scenario: str, row: dict[str, Any]) -> dict[str, Any]:
    """One row of outcomes in the columns of the contract."""
    mark = f"{scenario}/{row['luck']}/{row['strategy']}/{row['replicate']}"
    keys = {"run_id": mark, "scenario_id": scenario, "setting_id": row["luck"]}
    keys |= {name: row[name] for name in ("strategy", "replicate", "seed")}
    return keys | {name: row[name] for name in METRICS}


def _ids(scenario: str, luck: str, strategy: pd.Series, replicate: pd.Series) -> pd.Series:
    return scenario + "/" + luck + "/" + strategy + "/" + replicate.astype(str)
