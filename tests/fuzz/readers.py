"""Everything that reads, each with valid examples, how to feed it, and whether what it accepts comes back equal."""

import base64
import random
import shutil
import zlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from sim.errors import EnvironmentFailure, UserError
from sim.fit import posts
from sim.graph import files, follower_graph
from sim.planning import candidates
from sim.results import shelf
from sim.runs import design
from sim.scenario import calendars, read
from sim.scenario.schema import Scenario
from sim.ui import link, state
from tests.fuzz import mutations

REFUSED = (UserError, EnvironmentFailure)
Feed = Callable[[bytes, Path], Any]


@dataclass(frozen=True)
class Reader:
    """One reader: EXAMPLES of what it accepts, how they are broken, and FEED, which reads them in a folder of its own.

    share  of the inputs of a campaign, against the others
    feed   returns what was accepted, or raises one of REFUSED; it also checks that what was
           accepted comes back equal
    """

    examples: Sequence[bytes]
    broken: Callable[[bytes, random.Random], bytes]
    feed: Feed
    share: int = 10

    def input(self, luck: random.Random) -> bytes:
        """One near-valid input."""
        return self.broken(luck.choice(self.examples), luck)


def _presets(kind: str = "") -> list[bytes]:
    return [path.read_bytes() for path in read.presets(kind).values()]


def _written(data: bytes, folder: Path, name: str) -> Path:
    path = folder / name
    path.write_bytes(data)
    return path


def scenario(data: bytes, folder: Path) -> Scenario:
    found = read.read(_written(data, folder, "x.toml"), Scenario)
    again = read.parse(read.write(found), Scenario)
    assert again == found, "a scenario that was accepted does not come back equal"
    return found


def plan(data: bytes, folder: Path) -> design.Plan:
    path = _written(data, folder, "x.toml")
    sweep = read.read(path, design.Sweep)
    assert read.parse(read.write(sweep), design.Sweep) == sweep, "a design that was accepted does not come back equal"
    if len(sweep.knobs) > 3:
        return design.Plan(sweep, {}, (), {}, pd.DataFrame())
    return design.make(path)


def settings(data: bytes, folder: Path) -> design.Plan:
    _written(data, folder, "settings.csv")
    text = (
        b'schema_version = 1\nname = "x"\nscenarios = ["nokia_n8"]\naccounts = 2000\nreplicates = 1\n'
        b'[design]\nkind = "csv"\nfile = "settings.csv"\n'
    )
    return design.make(_written(text, folder, "x.toml"))


def kols(data: bytes, folder: Path) -> list[candidates.Candidate]:
    return candidates.read(_written(data, folder, "x.csv"))


def calendar(data: bytes, folder: Path) -> dict[str, Any]:
    scenario = read.read("hq_calendar", Scenario)
    found = calendars.read_rows(_written(data, folder, "x.csv"), scenario)
    text = calendars.merged(read.locate("hq_calendar").read_text(encoding="utf-8"), found)
    again = calendars.read_rows(
        _written(calendars.write(read.parse(text, Scenario)).encode(), folder, "y.csv"), scenario
    )
    assert {name: again[name] for name in found} == found, "a calendar that was accepted does not come back equal"
    return found


def past_posts(data: bytes, folder: Path) -> posts.Posts:
    return posts.read(_written(data, folder, "x.csv"))


def edges(suffix: str, direction: str | None = "follows") -> Feed:
    def feed(data: bytes, folder: Path) -> follower_graph.FollowerGraph:
        found, _ = files.open_graph(_written(data, folder, "x" + suffix), direction)
        written = files.write(found, folder / ("y" + suffix), direction or "influences", overwrite=True)
        again, _ = files.open_graph(written, direction)
        assert _links(again) == _links(found), "a graph that was accepted does not come back equal"
        return found

    return feed


def _links(graph: follower_graph.FollowerGraph) -> set[tuple[str, str]]:
    view = graph.view()
    return {(str(u), str(v)) for u, v in view.edges}


def stored(part: str) -> Feed:
    """A stored graph with the file PART replaced: either it is refused, or it is the very same graph."""

    def feed(data: bytes, folder: Path) -> follower_graph.FollowerGraph:
        held = folder / "graph"
        if held.exists():
            shutil.rmtree(held)
        shutil.copytree(EXAMPLES / "graph", held)
        _written(data, held, part)
        found = follower_graph.FollowerGraph.open(held, verify=True)
        whole = follower_graph.FollowerGraph.open(EXAMPLES / "graph")
        if part != "manifest.json":
            assert np.array_equal(found.followers, whole.followers), "changed bytes were not noticed"
            assert np.array_equal(found.indptr, whole.indptr), "changed bytes were not noticed"
        return found

    return feed


def results(part: str) -> Feed:
    def feed(data: bytes, folder: Path) -> pd.DataFrame:
        held = folder / "results"
        if held.exists():
            shutil.rmtree(held)
        shutil.copytree(EXAMPLES / "results", held)
        _written(data, held, part)
        return shelf.open(held)

    return feed


def shared(data: bytes, folder: Path) -> link.Opened:
    found = link.opened(data.decode("utf-8", "surrogateescape").removeprefix("?"))
    if found.problem:
        raise UserError(found.problem)
    if found.inputs is not None:
        text = link.query(found.inputs, found.tab)
        assert not text or link.opened(text.removeprefix("?")).inputs == found.inputs, (
            "a link that was accepted does not come back equal"
        )
    return found


def folded(data: bytes, folder: Path) -> link.Opened:
    """A link around what somebody wrote into it."""
    text = base64.urlsafe_b64encode(zlib.compress(data, 1)).rstrip(b"=")
    return shared(b"?" + link.KEY.encode() + b"=" + text, folder)


def _unfolded(search: bytes) -> bytes:
    text = search.split(b"=", 1)[1]
    return zlib.decompress(base64.urlsafe_b64decode(text + b"=" * (-len(text) % 4)))


def upload(data: bytes, folder: Path) -> state.Inputs:
    found = state.uploaded(data.decode("utf-8", "replace"), "x.toml")
    assert state.uploaded(read.write(found.scenario), "x.toml").scenario == found.scenario, (
        "an upload does not come back"
    )
    return found


EXAMPLES = Path()
"""Where `prepare` put the valid examples of what is more than one file."""


def prepare(folder: Path) -> dict[str, Reader]:
    """All readers; valid examples are written below FOLDER."""
    global EXAMPLES
    EXAMPLES = folder
    luck = np.random.default_rng(1)
    pairs = [(int(a), int(b)) for a, b in luck.integers(0, 40, (120, 2)) if a != b]
    csv = "follower,followee\n" + "".join(f"{a},{b}\n" for a, b in pairs)
    names = "source\ttarget\n" + "".join(f"用户{a}\tuser {b}\n" for a, b in pairs)
    (folder / "x.csv").write_text(csv, encoding="utf-8")
    graph, _ = files.open_graph(folder / "x.csv", "follows")
    files.write(graph, folder / "graph", overwrite=True)
    forms = {}
    for suffix in (".graphml", ".gexf", ".parquet"):
        forms[suffix] = files.write(
            graph, folder / ("x" + suffix), "follows" if suffix == ".parquet" else "influences", overwrite=True
        ).read_bytes()
    kol = (
        b"name,followers,fee,fit,engagement,must_have,excluded,never_with\n"
        b"anna,1200000,24500,0.4,0.01,true,,\nben,300000,6500,,,,,anna\n\xe5\xa7\x9a,90000,2300,0.2,0.02,,true,\n"
    )
    own = "时间,阅读数,转发数,评论数,粉丝数,内容\n" + "".join(
        f"2012-03-{day:02d} 10:30,{900 + day},{day},{day // 2},12000,launch\n" for day in range(1, 9)
    )
    trees = "id,parent,time,followers\n1,,2012-03-01 10:00,12000\n2,1,2012-03-01 10:05,\n3,2,2012-03-01 11:00,\n"
    points = b"cast.employees.count,response.repost_rate\n1000,0.001\n2000,0.002\n"
    inputs = state.uploaded(_presets()[0].decode(), "x.toml")
    links = [link.query(inputs, tab).encode() for tab in state.TABS[:2]] + [b"?page=watch"]
    found = {
        "scenario": Reader(_presets(), mutations.text, scenario, 3),
        "design": Reader(_presets("sweeps"), mutations.text, plan, 1),
        "settings": Reader([points], mutations.text, settings, 1),
        "candidates": Reader([kol], mutations.text, kols),
        "calendar": Reader([calendars.write(read.read("hq_calendar", Scenario)).encode()], mutations.text, calendar, 1),
        "posts": Reader([own.encode("utf-8-sig"), own.encode("gb18030"), trees.encode()], mutations.text, past_posts),
        "edges.csv": Reader([csv.encode(), names.encode()], mutations.text, edges(".csv"), 4),
        "edges.parquet": Reader([forms[".parquet"]], mutations.binary, edges(".parquet")),
        "graphml": Reader([forms[".graphml"]], mutations.text, edges(".graphml", None)),
        "gexf": Reader([forms[".gexf"]], mutations.text, edges(".gexf", "influences")),
        "link": Reader([one for one in links if one], mutations.binary, shared),
        "link inside": Reader([_unfolded(one) for one in links[:2] if one], mutations.text, folded),
        "upload": Reader(_presets(), mutations.text, upload, 2),
    }
    for path in sorted((folder / "graph").iterdir()):
        broken = mutations.text if path.suffix == ".json" else mutations.binary
        found[f"stored {path.name}"] = Reader([path.read_bytes()], broken, stored(path.name))
    return found
