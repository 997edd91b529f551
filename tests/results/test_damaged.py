"""Result folders that were damaged or tampered with: a reason, never a traceback or another setting's knobs."""

import json

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet
import pytest

from sim import errors
from sim.results import query, shelf
from sim.results.metrics import METRICS


def kept(place, design, settings=("s1", "s2")):
    runs = [
        {"run_id": f"r{k}", "scenario_id": "x", "setting_id": setting, "strategy": "a", "replicate": 0, "seed": 1}
        | {name: float(k) for name in METRICS}
        for k, setting in enumerate(settings)
    ]
    with shelf.Shelf.hold(place / "kept", {"kind": "sweep"}, {"x": "name = 'x'"}, design) as held:
        held.add(runs)
    return place / "kept"


def a_design(settings=("s1", "s2"), knob=(1, 2)):
    return pd.DataFrame({"scenario_id": "x", "setting_id": list(settings), "knob": list(knob)})


def test_a_setting_that_was_drawn_twice_is_one_setting(tmp_path):
    """Points of a sampled design that round to the same whole number are one setting and two rows of the design."""
    found = shelf.open(kept(tmp_path, a_design(("s1", "s2", "s1"), (1, 2, 1))))
    assert found["knob"].tolist() == [1, 2]


def test_a_run_of_an_unknown_setting_takes_no_other_ones_knobs(tmp_path):
    folder = kept(tmp_path, a_design(), ("s1", "s3"))
    with pytest.raises(errors.UserError, match="lacks the setting 's3'"):
        shelf.open(folder)


@pytest.mark.parametrize(
    "columns",
    [
        {"scenario_id": ["x", "x"], "knob": [1, 2]},
        {"scenario_id": ["x", "x"], "setting_id": [1, 2], "knob": [1, 2]},
        {"scenario_id": ["x", "x"], "setting_id": ["s1", None], "knob": [1, 2]},
        {"scenario_id": ["x", "x"], "setting_id": ["s1", "s2"], "knob": [[1], [2]]},
        {"scenario_id": ["x", "x"], "setting_id": ["s1", "s2"], "knob": [{"a": 1}, {"a": 2}]},
    ],
)
def test_a_design_of_other_columns_is_refused(tmp_path, columns):
    folder = kept(tmp_path, a_design())
    pyarrow.parquet.write_table(pa.table(columns), folder / "design.parquet")
    with pytest.raises(errors.UserError, match=r"design\.parquet"):
        shelf.open(folder)


def test_a_design_column_that_stands_there_twice_is_refused(tmp_path):
    folder = kept(tmp_path, a_design())
    names = ["scenario_id", "setting_id", "scenario_id"]
    table = pa.Table.from_arrays([pa.array(["x"]), pa.array(["s1"]), pa.array(["y"])], names=names)
    pyarrow.parquet.write_table(table, folder / "design.parquet")
    with pytest.raises(errors.UserError, match="twice"):
        shelf.open(folder)


@pytest.mark.parametrize("part", ["design.parquet", "failures.parquet"])
def test_flipped_bytes_end_in_a_reason(tmp_path, part):
    folder = kept(tmp_path, a_design())
    if part == "failures.parquet":
        row = dict.fromkeys(shelf.KEYS, "x") | {"error": "no luck", "trace": ""}
        pyarrow.parquet.write_table(pa.Table.from_pandas(pd.DataFrame([row])), folder / part)
    raw = (folder / part).read_bytes()
    reasons = 0
    for at in range(0, len(raw), 7):
        (folder / part).write_bytes(raw[:at] + bytes([raw[at] ^ 0x55]) + raw[at + 1 :])
        shelf.Shelf.view(folder).failures()
        try:
            shelf.open(folder)
            query.query(folder, "select count(*) as n from runs")
        except errors.UserError as refusal:
            reasons += str(refusal) != ""
    assert reasons > 5


def test_a_failure_of_other_columns_counts_as_torn(tmp_path):
    folder = kept(tmp_path, a_design())
    pyarrow.parquet.write_table(pa.table({"run_id": ["r9"]}), folder / "failures.parquet")
    found = shelf.Shelf.view(folder).failures()
    assert found.empty
    assert set(shelf.KEYS) < set(found.columns)


def test_a_scenario_that_is_no_text_is_refused(tmp_path):
    folder = kept(tmp_path, a_design())
    (folder / "scenarios" / "x.toml").write_bytes(b"name = '\xff'")
    with pytest.raises(errors.UserError, match=r"x\.toml"):
        shelf.Shelf.view(folder).scenarios()


def test_a_question_whose_complaint_is_no_text_is_refused(tmp_path):
    """DuckDB shortens the line it complains about, in the middle of a letter when need be."""
    folder = kept(tmp_path, a_design())
    refused = 0
    for size in range(40, 80):
        with pytest.raises(errors.UserError):
            query.query(folder, "select '" + "x" * size + "用户" * 40 + "' as a, nothing_of_that_name from runs")
        refused += 1
    assert refused == 40


def test_numbers_that_pandas_cannot_hold_are_a_reason(tmp_path):
    folder = kept(tmp_path, a_design())
    assert np.isfinite(query.query(folder, "select 1.5 as a")["a"]).all()
    with pytest.raises(errors.UserError):
        query.query(folder, "select cast('a' as integer) from runs")


@pytest.mark.parametrize(("told", "said"), [({"identity": 3}, "identity is 3"), ({"sweep": "a"}, "sweep is 'a'")])
def test_a_manifest_that_has_something_else_in_the_place_of_a_table_is_refused(tmp_path, told, said):
    folder = kept(tmp_path, a_design())
    manifest = json.loads((folder / shelf.MANIFEST).read_text())
    (folder / shelf.MANIFEST).write_text(json.dumps(manifest | told))
    with pytest.raises(errors.UserError, match=said):
        shelf.open(folder)


def test_a_manifest_may_tell_less(tmp_path):
    folder = kept(tmp_path, a_design())
    manifest = json.loads((folder / shelf.MANIFEST).read_text())
    (folder / shelf.MANIFEST).write_text(json.dumps(manifest | dict.fromkeys(set(shelf.TABLES) - {"identity"})))
    assert len(shelf.open(folder)) == 2
