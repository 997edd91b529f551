"""A graph folder whose checksums are right and whose numbers lie: refused, before compiled code believes them."""

import json
import re

import numpy as np
import pytest

from sim import errors
from sim.graph import describe, files, folder, grow
from sim.graph.follower_graph import FollowerGraph
from sim.kernels import links

FILES = (
    "indptr.npy", "followers.npy", "community_start.npy", "added_indptr.npy", "added_followers.npy", "labels.json",
)  # fmt: skip


def a_graph(place):
    """Six accounts in two communities, a brand and a KOL behind them, all with names: every file a folder may have."""
    base = FollowerGraph(
        np.array([0, 2, 3, 4, 6, 7, 8]),
        np.array([1, 5, 0, 3, 0, 4, 2, 1], np.int32),
        np.array([0, 3, 6]),
        labels=[f"account {k}" for k in range(6)],
    )
    cast = base.with_accounts(
        [np.array([1, 2], np.int32), np.array([6], np.int32)], ["brand", "kol"], {"fee": {7: 2.5}}
    )
    return cast.save(place / "g")


def forge(place, name, change):
    """The array NAME of the folder with CHANGE, and a manifest that says so."""
    array = np.load(place / name)
    np.save(place / name, change(array))
    sign(place, name)


def sign(place, name):
    told = json.loads((place / folder.MANIFEST).read_text(encoding="utf-8"))
    told["files"][name] = folder._hashed(place / name)
    (place / folder.MANIFEST).write_text(json.dumps(told), encoding="utf-8")


def put(at, value):
    def change(array):
        array[at] = value
        return array

    return change


def test_a_sound_folder_opens(tmp_path):
    found, _ = files.open_graph(a_graph(tmp_path))
    assert (found.accounts, found.links) == (8, 11)
    assert {path.name for path in (tmp_path / "g").iterdir()} == {*FILES, folder.MANIFEST}


@pytest.mark.parametrize("name", FILES)
@pytest.mark.parametrize("place", [0.0, 0.5, 1.0])
def test_a_flipped_byte_is_found_in_every_file(tmp_path, name, place):
    path = a_graph(tmp_path) / name
    raw = bytearray(path.read_bytes())
    raw[min(int(len(raw) * place), len(raw) - 1)] ^= 1
    path.write_bytes(raw)
    for reads in (
        lambda: files.open_graph(tmp_path / "g"),
        lambda: describe.info(tmp_path / "g"),
        lambda: FollowerGraph.open(tmp_path / "g", verify=True),
    ):
        with pytest.raises(errors.UserError, match=f"{re.escape(name)}.*checksum"):
            reads()


def test_no_flipped_bit_of_the_manifest_gives_another_graph(tmp_path):
    whole = FollowerGraph.open(a_graph(tmp_path))
    path = tmp_path / "g" / folder.MANIFEST
    raw = path.read_bytes()
    refused = 0
    for at in range(0, len(raw), 3):
        path.write_bytes(raw[:at] + bytes([raw[at] ^ 1]) + raw[at + 1 :])
        try:
            found = FollowerGraph.open(tmp_path / "g", verify=True)
        except errors.UserError:
            refused += 1
        else:
            np.testing.assert_array_equal(found.followers, whole.followers)
            np.testing.assert_array_equal(found.added_followers, whole.added_followers)
            assert found.labels == whole.labels
    assert refused > 100


@pytest.mark.parametrize("cap", [0, 2**28])
def test_a_large_folder_is_compared_by_info_and_on_request(tmp_path, monkeypatch, cap):
    monkeypatch.setattr(files, "CHECKED", cap)
    path = a_graph(tmp_path) / "followers.npy"
    raw = bytearray(path.read_bytes())
    raw[-4] ^= 1
    path.write_bytes(raw)
    if cap:
        with pytest.raises(errors.UserError, match="checksum"):
            files.open_graph(tmp_path / "g")
    else:
        files.open_graph(tmp_path / "g")
    with pytest.raises(errors.UserError, match="checksum"):
        describe.info(tmp_path / "g")


@pytest.mark.parametrize(
    ("name", "change", "what"),
    [
        ("indptr.npy", put(2, 7), "does not ascend"),
        ("indptr.npy", put(2, -1), "does not ascend"),
        ("indptr.npy", put(2, -(2**63)), "does not ascend"),
        ("indptr.npy", put(slice(2, 4), (-(2**63), -1)), "does not ascend"),
        ("community_start.npy", put(1, -(2**63)), "does not ascend"),
        ("indptr.npy", put(6, 9), "lead from 0 to 8"),
        ("indptr.npy", put(0, 1), "lead from 0 to 8"),
        ("indptr.npy", lambda array: array[:-1], "5 rows for 6 accounts"),
        ("indptr.npy", lambda array: array[:1], "0 rows for 6 accounts"),
        ("followers.npy", put(3, 6), "none of the 6"),
        ("followers.npy", put(3, -1), "none of the 6"),
        ("followers.npy", put(3, 2**31 - 1), "none of the 6"),
        ("followers.npy", lambda array: array[:-1], "lead from 0 to 7"),
        ("community_start.npy", put(1, 7), "does not ascend"),
        ("community_start.npy", put(0, -1), "does not ascend"),
        ("community_start.npy", put(2, 2**40), "does not ascend"),
        ("community_start.npy", put(2, 5), "6 rows for 5 accounts"),
        ("added_indptr.npy", put(1, 4), "does not ascend"),
        ("added_indptr.npy", put(2, 4), "lead from 0 to 3"),
        ("added_followers.npy", put(0, 8), "none of the 8"),
        ("added_followers.npy", put(0, -5), "none of the 8"),
    ],
)
def test_forged_numbers_are_refused(tmp_path, name, change, what):
    forge(a_graph(tmp_path), name, change)
    with pytest.raises(errors.UserError, match=f"{re.escape(name)}.*{what}|indptr.npy.*{what}"):
        FollowerGraph.open(tmp_path / "g", verify=True)


@pytest.mark.parametrize(
    "names", ['["a"]', "7", '{"a": 1}', '["a","a","b","c","d","e","f","g"]', "[[1],[2]]", '"abcdefgh"']
)
def test_forged_names_are_refused(tmp_path, names):
    (a_graph(tmp_path) / "labels.json").write_text(names, encoding="utf-8")
    sign(tmp_path / "g", "labels.json")
    with pytest.raises(errors.UserError, match=r"labels\.json"):
        FollowerGraph.open(tmp_path / "g")


def test_a_recipe_of_another_market_is_refused(tmp_path):
    grow.make(tmp_path / "g", links.Growth(accounts=2_000), on_demand=True)
    grow.make(tmp_path / "h", links.Growth(accounts=3_000), on_demand=True)
    (tmp_path / "g" / "community_start.npy").write_bytes((tmp_path / "h" / "community_start.npy").read_bytes())
    sign(tmp_path / "g", "community_start.npy")
    with pytest.raises(errors.UserError, match="not that of the growth recipe"):
        FollowerGraph.open(tmp_path / "g")
