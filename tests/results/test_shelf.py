"""A folder that keeps what was finished, whatever happens to the process, the disk or the power."""

import errno
import json
import os
import subprocess
import sys

import pandas as pd
import pytest

from sim import errors
from sim.results import disk, shelf

MANIFEST = {"kind": "sweep", "identity": {"code": "abc", "seed": 7, "inputs": {"toy": "123"}}}
SCENARIOS = {"toy": "name = 'toy'\n"}
DESIGN = pd.DataFrame({"scenario_id": "toy", "setting_id": ["s0", "s1"], "response.repost_rate": [0.01, 0.02]})


def hold(folder, resume=False, manifest=MANIFEST, scenarios=SCENARIOS):
    return shelf.Shelf.hold(folder, manifest, scenarios, DESIGN, resume)


def run(number: int, **more) -> dict:
    return {
        "run_id": f"r{number:04d}",
        "scenario_id": "toy",
        "setting_id": f"s{number % 2}",
        "strategy": "seeding" if number % 3 else "control",
        "replicate": number,
        "seed": 2**63 + number,
        "reach": number / 3,
        "orders": None,
        **more,
    }


def curve(number: int) -> pd.DataFrame:
    return pd.DataFrame({"run_id": f"r{number:04d}", "hour": range(3), "reads": [0.0, number, 2 * number]})


def fill(folder, *parts: range) -> None:
    with hold(folder) as held:
        for part in parts:
            held.add([run(number) for number in part], [curve(number) for number in part])


def test_what_was_added_is_read_back(tmp_path):
    fill(tmp_path / "out", range(5), range(5, 8))
    frame = shelf.open(tmp_path / "out")
    assert list(frame["run_id"]) == [f"r{number:04d}" for number in range(8)]
    assert frame["seed"].tolist() == [2**63 + number for number in range(8)]
    assert frame["reach"].tolist() == [number / 3 for number in range(8)]
    assert frame["orders"].isna().all()
    assert frame["sentiment"].isna().all()  # a metric nobody measured is a column all the same
    assert frame["response.repost_rate"].tolist() == [0.01, 0.02] * 4
    assert frame.attrs["manifest"]["identity"]["seed"] == 7
    curves = shelf.Shelf.view(tmp_path / "out").table("curves")
    assert curves["reads"].tolist() == [x for number in range(8) for x in (0, number, 2 * number)]
    assert list(shelf.open(tmp_path / "out", ["reach"]).columns)[-2:] == ["reach", "response.repost_rate"]
    assert {entry.name for entry in (tmp_path / "out").iterdir()} <= shelf.OWN


@pytest.mark.parametrize("harm", ["cut", "zeros", "flip", "empty"])
@pytest.mark.parametrize("kind", ["runs", "curves"])
def test_a_torn_part_counts_as_not_done_and_resume_clears_it(tmp_path, kind, harm):
    fill(tmp_path, range(4), range(4, 8))
    part = sorted((tmp_path / kind).iterdir())[0]
    content = bytearray(part.read_bytes())
    flipped = bytearray(content)
    flipped[len(flipped) // 2] ^= 1
    part.write_bytes({"cut": content[:-9], "zeros": bytes(len(content)), "flip": flipped, "empty": b""}[harm])
    assert shelf.Shelf.view(tmp_path).done() == {f"r{number:04d}" for number in range(4, 8)}
    with hold(tmp_path, resume=True) as held:
        assert held.missing([f"r{number:04d}" for number in range(8)]) == [f"r{number:04d}" for number in range(4)]
        assert len(list((tmp_path / "runs").iterdir())) == len(list((tmp_path / "curves").iterdir())) == 1
        held.add([run(number) for number in range(4)], [curve(number) for number in range(4)])
    assert len(shelf.open(tmp_path)) == 8


@pytest.mark.parametrize("lost", ["manifest.json", "design.parquet", "scenarios/toy.toml"])
@pytest.mark.parametrize("content", [None, b"", b"\0" * 50])
def test_lost_small_files_are_written_again_and_runs_are_kept(tmp_path, lost, content):
    fill(tmp_path, range(4))
    (tmp_path / lost).unlink()
    if content is not None:
        (tmp_path / lost).write_bytes(content)
    with hold(tmp_path, resume=True) as held:
        assert len(held.done()) == 4
    assert len(shelf.open(tmp_path)) == 4
    assert shelf.Shelf.view(tmp_path).scenarios() == SCENARIOS


def test_parts_of_another_making_are_never_adopted(tmp_path):
    fill(tmp_path, range(4))
    (tmp_path / "manifest.json").unlink()
    other = {**MANIFEST, "identity": {"seed": 8}}
    with pytest.raises(errors.UserError, match="another scenario or version"):
        hold(tmp_path, resume=True, manifest=other)
    assert len(list((tmp_path / "runs").iterdir())) == 1


def test_a_part_of_another_making_is_not_read(tmp_path):
    fill(tmp_path / "one", range(4))
    with hold(tmp_path / "two", manifest={**MANIFEST, "identity": {"seed": 8}}) as other:
        other.add([run(number) for number in range(4, 6)])
        (part,) = other.parts()
    (tmp_path / "one" / "runs" / part.name).write_bytes(part.read_bytes())
    assert len(shelf.open(tmp_path / "one")) == 4


def test_another_scenario_or_version_is_refused_with_the_difference(tmp_path):
    fill(tmp_path, range(4))
    other = {**MANIFEST, "identity": {"code": "xyz", "seed": 7, "inputs": {"toy": "456"}}}
    with pytest.raises(errors.UserError) as caught:
        hold(tmp_path, resume=True, manifest=other, scenarios={"toy": "name = 'joy'\n"})
    message = str(caught.value)
    assert "code: abc in the folder, xyz now" in message
    assert "+name = 'joy'" in message
    assert "-name = 'toy'" in message


def test_results_are_not_overwritten_and_strange_folders_are_left_alone(tmp_path):
    fill(tmp_path / "out", range(2))
    with pytest.raises(errors.UserError, match="--resume"):
        hold(tmp_path / "out")
    (tmp_path / "photos").mkdir()
    (tmp_path / "photos" / "cat.jpg").write_bytes(b"meow")
    with pytest.raises(errors.UserError, match=r"cat\.jpg"):
        hold(tmp_path / "photos")
    (tmp_path / "file").write_bytes(b"x")
    with pytest.raises(errors.UserError, match="is a file"):
        hold(tmp_path / "file")
    with pytest.raises(errors.UserError, match="no manifest"):
        shelf.open(tmp_path / "photos")


def test_two_commands_on_one_folder_are_refused(tmp_path):
    code = (
        "import sys, pathlib; from sim.results import disk\n"
        "with disk.locked(pathlib.Path(sys.argv[1])): print('held', flush=True); sys.stdin.read()"
    )
    command = [sys.executable, "-c", code, str(tmp_path)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as other:
        assert other.stdout.readline() == "held\n"
        with pytest.raises(errors.EnvironmentFailure, match=f"process {other.pid} on "):
            hold(tmp_path)
        other.kill()  # SIGKILL: nobody cleans up, and the lock is gone all the same
        other.wait()
    hold(tmp_path).close()


def test_a_full_disk_keeps_what_was_there(tmp_path, monkeypatch):
    fill(tmp_path, range(4))
    with hold(tmp_path, resume=True) as held:
        monkeypatch.setattr(os, "fsync", lambda handle: (_ for _ in ()).throw(OSError(errno.ENOSPC, "No space left")))
        with pytest.raises(errors.EnvironmentFailure, match=r"No space left.*--resume"):
            held.add([run(number) for number in range(4, 8)])
        monkeypatch.undo()
        assert not list(tmp_path.rglob("*.draft"))
        assert len(held.done()) == 4


@pytest.mark.skipif(os.name != "posix" or os.geteuid() == 0, reason="root may write anywhere")
def test_an_unwritable_place_is_an_environment_failure(tmp_path):
    tmp_path.chmod(0o500)
    with pytest.raises(errors.EnvironmentFailure, match="Permission denied"):
        hold(tmp_path / "out")


def test_a_file_in_the_way_is_an_environment_failure(tmp_path):
    (tmp_path / "file").write_bytes(b"x")
    with pytest.raises(errors.EnvironmentFailure, match="cannot be written"):
        hold(tmp_path / "file" / "out")


def test_merging_parts_changes_nothing_that_is_read(tmp_path):
    fill(tmp_path, range(4), range(4, 5), range(5, 9))
    before, curves = shelf.open(tmp_path), shelf.Shelf.view(tmp_path).table("curves")
    with hold(tmp_path, resume=True) as held:
        held.merge()
        assert len(held.parts()) == len(list((tmp_path / "runs").iterdir())) == 1
    pd.testing.assert_frame_equal(shelf.open(tmp_path), before)
    pd.testing.assert_frame_equal(shelf.Shelf.view(tmp_path).table("curves"), curves)


def test_a_merge_killed_before_the_old_parts_went_counts_nothing_twice(tmp_path, monkeypatch):
    fill(tmp_path, range(4), range(4, 8))
    before = shelf.open(tmp_path)
    kept = {path: path.read_bytes() for path in [*(tmp_path / "runs").iterdir(), *(tmp_path / "curves").iterdir()]}
    with hold(tmp_path, resume=True) as held:
        held.merge()
    for path, content in kept.items():
        path.write_bytes(content)
    pd.testing.assert_frame_equal(shelf.open(tmp_path), before)
    assert len(shelf.Shelf.view(tmp_path).table("curves")) == 24


def test_failures_are_kept_and_replaced(tmp_path):
    with hold(tmp_path) as held:
        row = {key: value for key, value in run(3).items() if key in shelf.KEYS}
        held.write_failures([{**row, "error": "ValueError: no", "trace": "..."}])
        assert held.failures()["error"].tolist() == ["ValueError: no"]
        (tmp_path / "failures.parquet").write_bytes(b"PAR1")
        assert held.failures().empty
        held.write_failures([])
        assert not (tmp_path / "failures.parquet").exists()


def test_a_staged_folder_appears_whole_or_not_at_all(tmp_path):
    target = tmp_path / "out"
    with pytest.raises(KeyboardInterrupt), shelf.staged(target, "compare") as draft:
        (draft / "half").write_text("x")
        raise KeyboardInterrupt
    assert list(tmp_path.iterdir()) == []
    for reach in (1.0, 2.0):  # the second replaces the first
        with shelf.staged(target, "compare") as draft:
            with shelf.Shelf.hold(draft, {**MANIFEST, "kind": "compare"}, SCENARIOS, DESIGN) as held:
                held.add([run(1, reach=reach)])
            assert not target.exists() or shelf.open(target)["reach"].tolist() == [1.0]
        assert shelf.open(target)["reach"].tolist() == [reach]
    assert [entry.name for entry in tmp_path.iterdir()] == ["out"]
    with pytest.raises(errors.UserError, match="left alone"), shelf.staged(target, "sweep"):
        pass
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "letter").write_text("x")
    with pytest.raises(errors.UserError, match="left alone"), shelf.staged(tmp_path / "mine", "compare"):
        pass


def test_the_manifest_is_readable_json(tmp_path):
    fill(tmp_path, range(1))
    assert json.loads((tmp_path / "manifest.json").read_text())["dandelion"] == shelf.SCHEMA
    (tmp_path / "manifest.json").write_text('{"dandelion": 99}')
    with pytest.raises(errors.UserError, match="form 99"):
        shelf.open(tmp_path)


def test_drafts_left_by_a_kill_are_cleared(tmp_path):
    fill(tmp_path, range(2))
    for place in (tmp_path, tmp_path / "runs"):
        (place / ".part.1.draft").write_bytes(b"half")
    hold(tmp_path, resume=True).close()
    assert not list(tmp_path.rglob("*.draft"))
    with pytest.raises(errors.EnvironmentFailure):
        disk.write_whole(tmp_path / "no" / "folder", b"x")
