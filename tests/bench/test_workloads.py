"""The benchmark graphs are the published ones, byte for byte."""

import hashlib
import subprocess
import sys

import numpy as np
import pytest

from sim.bench import workloads


def digest(arrays) -> str:
    text = hashlib.sha256()
    for array in arrays:
        text.update(str(array.dtype).encode() + str(array.shape).encode() + np.ascontiguousarray(array).tobytes())
    return text.hexdigest()


@pytest.mark.parametrize("name", ["W1", "EPI", pytest.param("W2", marks=pytest.mark.long)])
def test_workload_equals_the_shared_script(name, data, tmp_path, monkeypatch):
    script = data / "workloads.py"
    if not script.is_file():
        pytest.skip(f"{script.name} is not in the data folder")
    subprocess.run([sys.executable, str(script), str(tmp_path), name], check=True, capture_output=True)
    with np.load(tmp_path / f"{name}.npz") as shared:
        expected = digest(shared[key] for key in ("indptr", "indices", "indegree", "seeds"))
        assert shared["indices"].size > 500_000
    made = workloads.make(name)
    assert digest(made[1:]) == expected


def test_a_workload_is_kept_and_read_back(tmp_path, monkeypatch):
    monkeypatch.setitem(workloads.SIZES, "W1", (500, 4000, 3))
    made = workloads.load("W1", tmp_path)
    again = workloads.load("W1", tmp_path)
    assert made.followers.size > 3900
    assert digest(made[1:]) == digest(again[1:])
    assert (np.diff(made.indptr)[made.seeds] >= np.sort(np.diff(made.indptr))[-10]).all()


def test_epinions_without_data_is_told(monkeypatch):
    monkeypatch.delenv("DANDELION_DATA", raising=False)
    with pytest.raises(workloads.MissingError, match="DANDELION_DATA is not set"):
        workloads.make("EPI")


def test_a_broken_file_is_made_again(tmp_path, monkeypatch):
    monkeypatch.setitem(workloads.SIZES, "W1", (500, 4000, 3))
    whole = workloads.load("W1", tmp_path)
    path = workloads.kept("W1", tmp_path)
    path.write_bytes(path.read_bytes()[:1000])
    assert digest(workloads.load("W1", tmp_path)[1:]) == digest(whole[1:])
    assert path.stat().st_size > 1000
