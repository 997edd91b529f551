"""Follower graphs: edge lists, tables of accounts, GraphML, GEXF, and every file of the memory-mapped folder."""

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from sim.graph import files
from sim.graph import folder as storage
from sim.graph.follower_graph import FollowerGraph
from sim.kernels import links
from tests.fuzz import grammar, mutations
from tests.fuzz.reader import Feed, Reader, written

PARTS = ("indptr", "followers", "community_start", "added_indptr", "added_followers")


def edges(suffix: str, direction: str | None = "follows", accounts: Path | None = None) -> Feed:
    def feed(data: bytes, folder: Path) -> FollowerGraph:
        found, _ = files.open_graph(written(data, folder, "x" + suffix), direction, accounts=accounts)
        comes_back(found, suffix, direction, folder)
        return found

    return feed


def comes_back(found: FollowerGraph, suffix: str, direction: str | None, folder: Path) -> None:
    """FOUND, written in its format and read again, has the same links (and accounts, where the format has them)."""
    path = files.write(found, folder / ("y" + suffix), direction or "influences", overwrite=True)
    again, _ = files.open_graph(path, direction)
    assert _links(again) == _links(found), "a graph that was accepted does not come back equal"
    if suffix in (".graphml", ".gexf"):
        assert sorted(map(str, again.view())) == sorted(map(str, found.view())), "accounts got lost"


def _links(graph: FollowerGraph) -> set[tuple[str, str]]:
    return {(str(u), str(v)) for u, v in graph.view().edges}


def accounts(suffix: str, csv: bytes) -> Feed:
    """The table of accounts beside a sound edge list."""

    def feed(data: bytes, folder: Path) -> FollowerGraph:
        given = written(data, folder, "accounts" + suffix)
        found, report = files.open_graph(written(csv, folder, "x.csv"), "follows", accounts=given)
        assert report is not None
        assert report.links <= report.rows, "more links than lines"
        comes_back(found, ".csv", "follows", folder)
        used(found)
        return found

    return feed


def used(graph: FollowerGraph) -> None:
    """Walk through all of GRAPH, the compiled parts too: numbers that point nowhere would show."""
    total = graph.links
    counts = graph.follower_counts()
    assert int(counts.sum()) == total, "rows and links disagree"
    assert not graph.stored or int(graph.followee_counts().sum()) == total, "followees and links disagree"
    starts, followees = graph.following()
    assert int(starts[-1]) == followees.size == total, "the transposed rows and links disagree"
    for u in (0, graph.base - 1, graph.accounts - 1):
        row = graph.row(u)
        assert row.size == 0 or (row.min() >= 0 and row.max() < graph.accounts), "a follower is no account"
    assert len(graph.view()) == graph.accounts, "labels and accounts disagree"


def stored(sound: Path, part: str) -> Feed:
    """A stored graph with the file PART replaced: either it is refused, or it is the very same graph."""
    whole = FollowerGraph.open(sound, verify=True)
    labels = None if whole.labels is None else list(whole.labels)

    def feed(data: bytes, folder: Path) -> FollowerGraph:
        held = _beside(sound, folder, part)
        written(data, held, part)
        found = FollowerGraph.open(held, verify=True)
        for name in PARTS:
            same = np.array_equal(getattr(found, name), getattr(whole, name))
            assert same or part == storage.MANIFEST, "changed bytes were not noticed"
        assert part == storage.MANIFEST or (None if found.labels is None else list(found.labels)) == labels
        used(found)
        return found

    return feed


def forged(sound: Path, part: str) -> Feed:
    """A stored graph with PART replaced and its checksum made to fit: refused, or every row of it can be read."""
    told = json.loads((sound / storage.MANIFEST).read_text(encoding="utf-8"))

    def feed(data: bytes, folder: Path) -> FollowerGraph:
        held = _beside(sound, folder, "forged " + part)
        written(data, held, part)
        fits = {**told, "files": {**told["files"], part: storage._hashed(held / part)}}
        (held / storage.MANIFEST).write_text(json.dumps(fits), encoding="utf-8")
        found = FollowerGraph.open(held, verify=True)
        used(found)
        again = FollowerGraph.open(found.save(folder / "forged again", overwrite=True), verify=True)
        for name in PARTS:
            assert np.array_equal(getattr(again, name), getattr(found, name)), "a stored graph does not come back equal"
        return found

    return feed


def _beside(sound: Path, folder: Path, part: str) -> Path:
    """A copy of the folder SOUND for the reader of PART, made once per process: only PART is ever written in it."""
    held = folder / f"{sound.name} {part}"
    if not held.exists():
        shutil.copytree(sound, held)
    return held


def _examples(folder: Path) -> tuple[dict[str, bytes], Path, Path]:
    luck = np.random.default_rng(1)
    pairs = [(int(a), int(b)) for a, b in luck.integers(0, 40, (120, 2)) if a != b]
    texts = {
        "csv": "follower,followee\n" + "".join(f"{a},{b}\n" for a, b in pairs),
        "names": "source\ttarget\n" + "".join(f"用户{a}\tuser {b}\n" for a, b in pairs),
        "quoted": '"follower";"followee"\n' + "".join(f'"a{a}";"b;{b}"\n' for a, b in pairs[:40]),
        "accounts": "id,role,fee,community\n" + "".join(f"{k},kol,{k}.5,{k % 3}\n" for k in range(40)),
    }
    (folder / "x.csv").write_text(texts["csv"], encoding="utf-8")
    (folder / "accounts.csv").write_text(texts["accounts"], encoding="utf-8")
    graph, _ = files.open_graph(folder / "x.csv", "follows", accounts=folder / "accounts.csv")
    forms = {name: text.encode() for name, text in texts.items()}
    for suffix in (".graphml", ".gexf", ".parquet"):
        word = "follows" if suffix == ".parquet" else "influences"
        forms[suffix] = files.write(graph, folder / ("x" + suffix), word, overwrite=True).read_bytes()
    pd.read_csv(folder / "accounts.csv").to_parquet(folder / "accounts.parquet")
    forms["accounts.parquet"] = (folder / "accounts.parquet").read_bytes()
    named, _ = files.open_graph(_written(folder / "n.tsv", texts["names"]), "influences")
    row = np.array([1, 4, 7], np.int32)
    cast = named.with_accounts([row, row[:1]], ["brand", "kol"], {"role": {named.accounts: "brand"}})
    cast.save(folder / "graph", overwrite=True)
    growth = links.Growth(accounts=2_000, community_size=200)
    from sim.graph import grow

    grow.grow(growth, on_demand=True).save(folder / "rule", overwrite=True)
    return forms, folder / "graph", folder / "rule"


def _written(path: Path, text: str) -> Path:
    path.write_text(text, encoding="utf-8")
    return path


def readers(folder: Path) -> dict[str, Reader]:
    """Readers of follower graphs; examples below FOLDER."""
    forms, graph, rule = _examples(folder)
    text, binary = mutations.text, mutations.binary
    found: dict[str, Reader] = {
        "edges.csv": Reader([forms["csv"], forms["quoted"]], text, edges(".csv")),
        "edges.tsv": Reader([forms["names"]], text, edges(".tsv", "influences")),
        "edges.parquet": Reader([forms[".parquet"]], grammar.parquet, edges(".parquet")),
        "accounts.csv": Reader([forms["accounts"]], text, accounts(".csv", forms["csv"])),
        "accounts.parquet": Reader([forms["accounts.parquet"]], grammar.parquet, accounts(".parquet", forms["csv"])),
        "graphml": Reader([forms[".graphml"]], text, edges(".graphml", None)),
        "gexf": Reader([forms[".gexf"]], text, edges(".gexf", "influences")),
    }
    kinds: list[tuple[str, Path, Callable[[bytes, Any], bytes]]] = [
        *(("stored", path, text if path.suffix == ".json" else binary) for path in sorted(graph.iterdir())),
        ("rule", rule / storage.MANIFEST, text),
        ("rule", rule / "community_start.npy", binary),
    ]
    for word, path, broken in kinds:
        found[f"{word} {path.name}"] = Reader([path.read_bytes()], broken, stored(path.parent, path.name), 9)
    for name in PARTS:
        found[f"forged {name}.npy"] = Reader(
            [(graph / f"{name}.npy").read_bytes()], grammar.array, forged(graph, f"{name}.npy"), 9
        )
    found["forged labels.json"] = Reader([(graph / "labels.json").read_bytes()], text, forged(graph, "labels.json"), 9)
    return found
