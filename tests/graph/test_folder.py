"""The memory-mapped folder: same graph back, damage detected, growth resumed, room checked."""

import json
import shutil
import warnings

import numpy as np
import pytest

from sim import errors
from sim.graph import folder, grow
from sim.graph.follower_graph import FollowerGraph
from sim.kernels import links

GROWTH = links.Growth(accounts=120_000, mean_followers=8.0)


def files_of(path):
    return {file.name: file.read_bytes() for file in path.iterdir()}


def test_saved_and_opened(tmp_path):
    graph = grow.grow(links.Growth(accounts=5_000, community_size=1_000))
    brand = grow.audience(graph, key=1, followers=400)
    graph = graph.with_accounts([brand, brand[:3]], attributes={"role": {5_000: "brand"}, "fee": {5_001: 3.5}})
    again = FollowerGraph.open(graph.save(tmp_path / "g"), verify=True)
    assert again.links == graph.links > 100_000
    for name in ("indptr", "followers", "community_start", "added_indptr", "added_followers"):
        np.testing.assert_array_equal(getattr(again, name), getattr(graph, name))
        assert getattr(again, name).dtype == getattr(graph, name).dtype
    assert again.growth == graph.growth
    assert again.attributes == graph.attributes
    assert again.labels is None
    assert not (tmp_path / "g.part").exists()


@pytest.mark.parametrize("names", [["a", "b", "c"], [3, 1, 2], [("x", 1), ("x", 2), "y"], [1.5, "é", 10**30]])
def test_labels_of_any_kind_come_back(tmp_path, names):
    graph = FollowerGraph(np.array([0, 1, 1, 1]), np.array([2], np.int32), np.array([0, 3]), labels=names)
    again = FollowerGraph.open(graph.save(tmp_path / "g"))
    assert list(again.labels) == names
    assert list(again.view().edges) == [(names[0], names[2])]


def test_labels_that_no_file_can_hold_are_refused(tmp_path):
    graph = FollowerGraph(np.array([0, 0]), np.empty(0, np.int32), np.array([0, 1]), labels=[object()])
    with pytest.raises(errors.UserError, match="labels"):
        graph.save(tmp_path / "g")


def test_grown_into_a_folder_equals_grown_in_memory(tmp_path):
    graph = grow.grow(GROWTH)
    made = grow.make(tmp_path / "g", GROWTH, threads=2)
    assert made.links == graph.links > 800_000
    assert made.followers.tobytes() == graph.followers.tobytes()
    assert made.indptr.tobytes() == graph.indptr.tobytes()
    assert not isinstance(made.followers, np.memmap)
    assert made.followers.flags.writeable


def test_folder_bytes_do_not_depend_on_threads(tmp_path):
    for threads in (1, 3):
        grow.make(tmp_path / f"g{threads}", GROWTH, threads=threads)
    one, three = files_of(tmp_path / "g1"), files_of(tmp_path / "g3")
    assert len(one) == 4
    assert one == three


def test_writing_to_an_opened_graph_leaves_the_file_alone(tmp_path):
    made = grow.make(tmp_path / "g", GROWTH)
    before = made.followers[:5].copy()
    made.followers[:5] = 0
    np.testing.assert_array_equal(FollowerGraph.open(tmp_path / "g", verify=True).followers[:5], before)


@pytest.mark.parametrize("name", ["followers.npy", "indptr.npy", "community_start.npy"])
@pytest.mark.parametrize("place", [0.0, 0.37, 1.0])
def test_one_flipped_bit_is_found(tmp_path, name, place):
    grow.make(tmp_path / "g", GROWTH)
    assert folder.verify(tmp_path / "g") > 3_000_000
    path = tmp_path / "g" / name
    with path.open("r+b") as file:
        size = path.stat().st_size
        file.seek(min(int(size * place), size - 1))
        byte = file.read(1)[0]
        file.seek(-1, 1)
        file.write(bytes([byte ^ 4]))
    with pytest.raises(errors.UserError, match=f"{name}.*checksum"):
        FollowerGraph.open(tmp_path / "g", verify=True)


def test_every_byte_is_under_a_checksum(tmp_path):
    grow.make(tmp_path / "g", GROWTH)
    for entry in json.loads((tmp_path / "g" / "manifest.json").read_text())["files"].values():
        upto = 0
        for first, size, _ in entry["ranges"]:
            assert first == upto
            upto += size
        assert upto == entry["bytes"]


class Stopped(Exception):
    pass


def stop_after(share):
    def progress(done, total):
        if done > share * total:
            raise Stopped

    return progress


@pytest.mark.parametrize("share", [0.1, 0.5, 0.9])
def test_an_interrupted_growth_is_resumed(tmp_path, share, monkeypatch):
    monkeypatch.setattr(folder, "ROWS", 5_000)
    whole = grow.make(tmp_path / "whole", GROWTH)
    with pytest.raises(Stopped):
        grow.make(tmp_path / "g", GROWTH, progress=stop_after(share))
    assert not (tmp_path / "g").exists()
    assert (tmp_path / "g.part").exists()
    noted = folder._noted(tmp_path / "g.part" / "ranges.jsonl")
    assert bool(noted) == (share > 0.4)
    if noted:  # a noted range is damaged behind our back: it is grown again
        with (tmp_path / "g.part" / "followers.npy").open("r+b") as file:
            file.seek(200)
            file.write(b"damage!!")
    grown = []
    fill = links.fill
    monkeypatch.setattr(links, "fill", lambda *args: grown.append(args[5]) or fill(*args))
    again = grow.make(tmp_path / "g", GROWTH)
    if noted:
        assert 0 < len(grown) < 24  # not everything was grown a second time
        assert 0 in grown
    assert again.followers.tobytes() == whole.followers.tobytes()
    assert files_of(tmp_path / "g") == files_of(tmp_path / "whole")
    assert folder.verify(tmp_path / "g") > 3_000_000


def test_another_recipe_does_not_continue_a_half_grown_folder(tmp_path):
    with pytest.raises(Stopped):
        grow.make(tmp_path / "g", GROWTH, progress=stop_after(0.5))
    other = GROWTH._replace(seed=2)
    assert grow.make(tmp_path / "g", other).followers.tobytes() == grow.grow(other).followers.tobytes()


def test_on_demand_folder_keeps_the_recipe_only(tmp_path):
    made = grow.make(tmp_path / "g", GROWTH, on_demand=True)
    assert sorted(file.name for file in (tmp_path / "g").iterdir()) == ["community_start.npy", "manifest.json"]
    assert not made.stored
    assert made.links == grow.grow(GROWTH).links


def test_a_full_disk_is_told_before_the_work(tmp_path, monkeypatch):
    monkeypatch.setattr(shutil, "disk_usage", lambda _: shutil._ntuple_diskusage(10**9, 10**9, 10**6))
    with pytest.raises(errors.EnvironmentFailure, match="GB are free"):
        grow.make(tmp_path / "g", GROWTH)
    with pytest.raises(errors.EnvironmentFailure, match="GB are free"):
        grow.grow(links.Growth(accounts=1_000)).save(tmp_path / "h")
    assert not (tmp_path / "g").exists()
    assert not (tmp_path / "h").exists()


def test_a_disk_that_fills_up_meanwhile_is_told_and_the_work_goes_on_later(tmp_path, monkeypatch):
    def full(*_):
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(folder, "_piece", full)
        with pytest.raises(errors.EnvironmentFailure, match="No space left on device"):
            grow.make(tmp_path / "g", GROWTH)
        patch.setattr(np, "save", full)
        with pytest.raises(errors.EnvironmentFailure, match="No space left on device"):
            grow.grow(links.Growth(accounts=1_000)).save(tmp_path / "h")
    assert grow.make(tmp_path / "g", GROWTH).links > 800_000


def test_too_little_memory_is_told_before_the_work(monkeypatch):
    monkeypatch.setattr(grow.os, "sysconf", lambda name: 1_000 if name == "SC_PHYS_PAGES" else 4_096)
    with pytest.raises(errors.EnvironmentFailure, match="this machine has"):
        grow.grow(GROWTH)


def test_what_is_there_is_not_overwritten(tmp_path):
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "letter.txt").write_text("dear")
    for overwrite in (False, True):
        with pytest.raises(errors.UserError, match="not a graph folder"):
            grow.make(tmp_path / "mine", GROWTH, overwrite=overwrite)
    grow.make(tmp_path / "g", GROWTH)
    with pytest.raises(errors.UserError, match="exists already"):
        grow.make(tmp_path / "g", GROWTH)
    other = GROWTH._replace(accounts=1_000)
    assert grow.make(tmp_path / "g", other, overwrite=True).accounts == 1_000


def test_wrong_folders_get_one_clear_message(tmp_path):
    with pytest.raises(errors.UserError, match="no such folder"):
        FollowerGraph.open(tmp_path / "absent")
    with pytest.raises(errors.UserError, match=r"manifest\.json"):
        FollowerGraph.open(tmp_path)
    grow.make(tmp_path / "g", GROWTH)
    manifest = tmp_path / "g" / "manifest.json"
    good = manifest.read_text()
    for bad, message in (
        ("{", "not the manifest"),
        ("[]", "not the manifest"),
        (good.replace('"format_version": 1', '"format_version": 9'), "format_version = 9"),
        (good.replace('"law": "', '"law": "0'), "another growth law"),
    ):
        manifest.write_text(bad)
        with pytest.raises(errors.UserError, match=message):
            FollowerGraph.open(tmp_path / "g")
    manifest.write_text(good)
    with (tmp_path / "g" / "followers.npy").open("r+b") as file:
        file.truncate(1000)
    with pytest.raises(errors.UserError, match=r"followers\.npy: 1,000 bytes"):
        FollowerGraph.open(tmp_path / "g")


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("accounts", 1),
        ("accounts", 2_000_000_001),
        ("homophily", 1.2),
        ("follower_exponent", 1.0),
        ("reciprocity", float("nan")),
    ],
)
def test_impossible_recipes_are_refused(name, value):
    with pytest.raises(errors.UserError, match=name):
        grow.grow(links.Growth()._replace(**{name: value}))


def test_opening_warns_of_nothing(tmp_path):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert FollowerGraph.open(grow.grow(links.Growth(accounts=2_000)).save(tmp_path / "g")).links > 0
