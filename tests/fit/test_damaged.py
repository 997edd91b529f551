"""Observed cascades and standings of calibrations that were damaged: a reason, never a traceback."""

import json

import pandas as pd
import pytest

from sim.errors import UserError
from sim.fit import read


@pytest.mark.parametrize(
    "standing",
    [
        [],
        7,
        {"settings": 1, "journal": []},
        {"settings": {}, "journal": 0},
        {"settings": {}, "journal": [1]},
        {"settings": {}, "journal": [["a"]]},
        {"settings": {}, "journal": [[float("nan")]]},
        {"settings": {}, "journal": [[True]]},
        {"journal": []},
    ],
)
def test_a_standing_that_is_none_is_refused(tmp_path, standing):
    (tmp_path / "x.json").write_text(json.dumps(standing), encoding="utf-8")
    with pytest.raises(UserError, match="no standing"):
        read.calibration(tmp_path / "x.json")


def test_a_standing_nested_without_end_is_refused(tmp_path):
    (tmp_path / "x.json").write_text("[" * 100_000, encoding="utf-8")
    with pytest.raises(UserError, match="no standing"):
        read.calibration(tmp_path / "x.json")


def test_a_sound_standing_is_read(tmp_path):
    (tmp_path / "x.json").write_text('{"settings": {"seed": 1}, "journal": [[1, 2.5]]}', encoding="utf-8")
    assert read.calibration(tmp_path / "x.json")["journal"] == [[1, 2.5]]


def test_every_damaged_byte_of_a_table_ends_in_a_reason_or_in_rows(tmp_path):
    path = tmp_path / "x.parquet"
    pd.DataFrame({"retweets": range(50), "fans": [1.5 * k for k in range(50)]}).to_parquet(path)
    raw = path.read_bytes()
    reasons = 0
    for at in range(0, len(raw), 5):
        path.write_bytes(raw[:at] + bytes([raw[at] ^ 0x55]) + raw[at + 1 :])
        try:
            found = read.table(path, read.UNCAPPED_COLUMNS)
        except UserError as refusal:
            reasons += "x.parquet" in str(refusal)
        else:
            assert list(found.columns) == list(read.UNCAPPED_COLUMNS)
    assert reasons > 20
