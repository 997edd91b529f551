"""What a planner writes: scenarios, designs, candidates, calendars, own posts, links, uploads."""

import base64
import csv
import io
import math
import zlib
from pathlib import Path
from typing import Any

import pandas as pd

from sim.fit import posts
from sim.model.costs import bill
from sim.planning import candidates, limits
from sim.results import metrics
from sim.runs import design, health
from sim.scenario import calendars, read, tables
from sim.scenario.schema import Scenario
from sim.ui import link, state
from tests.fuzz import mutations
from tests.fuzz.reader import REFUSED, Reader, written

MANY = 2_000
"""Settings of a design that is drawn; a larger one is read, but drawing it may rightly take its time."""


def presets(kind: str = "") -> list[bytes]:
    return [path.read_bytes() for path in read.presets(kind).values()]


def scenario(data: bytes, folder: Path) -> Scenario:
    found = read.read(written(data, folder, "x.toml"), Scenario)
    again = read.parse(read.write(found), Scenario)
    assert again == found, "a scenario that was accepted does not come back equal"
    return found


def planned(data: bytes, folder: Path) -> Scenario:
    """A scenario and what is done with it before anything is simulated: `check`, its bills, dates and limits."""
    found = read.read(written(data, folder, "x.toml"), Scenario)
    told = health.health(found)
    assert math.isfinite(told["memory_gb"]), "a plan's health is no number"
    metrics.goal(found.goal)
    candidates.of_cast(found)
    for name, strategy in found.strategies.items():
        assert bill(found, name)["total"] >= 0.0, "a strategy earns money by being played"
        calendars.dated(found, name)
        limits.broken(found, strategy, found.budget)
    return found


def plan(data: bytes, folder: Path) -> design.Plan:
    path = written(data, folder, "x.toml")
    sweep = read.read(path, design.Sweep)
    assert read.parse(read.write(sweep), design.Sweep) == sweep, "a design that was accepted does not come back equal"
    grid = math.prod(len(knob.values) or knob.steps for knob in sweep.knobs)
    size = grid if sweep.design.kind == "grid" else sweep.design.points * (len(sweep.knobs) + 2)
    if size * len(sweep.scenarios) > MANY:
        return design.Plan(sweep, {}, (), {}, pd.DataFrame())
    made = design.make(path)
    again = design.make(path)
    assert again.settings == made.settings, "a design is drawn anew every time"
    return made


def settings(data: bytes, folder: Path) -> design.Plan:
    """The settings of a design as a CSV."""
    path = written(data, folder, "settings.csv")
    made = design.of(
        design.Sweep(scenarios=("nokia_n8",), design=design.Points(kind="csv", file=str(path))), {"nokia_n8": N8}
    )
    back = design.of(made.sweep, {"nokia_n8": N8})
    assert back.settings == made.settings, "settings that were accepted do not come back equal"
    for setting in made.settings[:2]:
        try:
            design.apply(N8, setting.knobs)
        except REFUSED:
            continue
    return made


def kols(data: bytes, folder: Path) -> list[candidates.Candidate]:
    found = candidates.read(written(data, folder, "x.csv"))
    again = candidates.read(written(_table(found), folder, "y.csv"))
    assert again == found, "candidates that were accepted do not come back equal"
    return found


def _table(found: list[candidates.Candidate]) -> bytes:
    """Candidates as a CSV with every column."""
    out = io.StringIO()
    table = csv.writer(out)
    names = list(candidates.Candidate.model_fields)
    table.writerow(names)
    for one in found:
        table.writerow([_cell(getattr(one, name)) for name in names])
    return out.getvalue().encode()


def _cell(value: Any) -> str:
    if value is None:
        return ""
    return str(value).lower() if isinstance(value, bool) else str(value)


def roster(data: bytes, folder: Path) -> candidates.Table:
    """Candidates seated in a launch, with a budget: what `choose` does before it plays."""
    found = candidates.read(written(data, folder, "x.csv"))
    made = candidates.seat(N8, found, 2_000_000.0)
    everyone = made.strategy(made.must)
    assert made.spent(made.must) <= made.money, "the must-haves were let through without the money for them"
    assert everyone.posts is not None
    return made


def calendar(data: bytes, folder: Path) -> dict[str, Any]:
    found = calendars.read_rows(written(data, folder, "x.csv"), HQ)
    strategy = "baseline" if len(found) == 1 and "baseline" in HQ.strategies else None
    text = calendars.merged(HQ_TEXT, found, strategy)
    with_it = read.parse(text, Scenario)
    again = calendars.read_rows(written(calendars.write(with_it).encode(), folder, "y.csv"), with_it)
    assert {name: again[name] for name in found} == found, "a calendar that was accepted does not come back equal"
    return found


def past_posts(data: bytes, folder: Path) -> posts.Posts:
    found = posts.read(written(data, folder, "x.csv"))
    if not found.trees:
        frame = found.frame
        text = pd.DataFrame({"time": [when.isoformat() for when in frame["when"]], "content": frame["content"]})
        for name in ("reposts", "followers", "comments", "reads"):
            text[name] = frame[name].astype("Int64")
        again = posts.read(written(text.to_csv(index=False).encode(), folder, "y.csv"))
        pd.testing.assert_frame_equal(again.frame, frame)
    else:
        assert len(found.delays) == len(found.frame), "a tree has no post"
        rows = [row for _, row in tables.records(folder / "x.csv", posts.ROWS)]
        ids = [
            cell
            for row in rows
            for name, cell in row.items()
            if name.strip().lower() in ("id", *posts.IN_CHINESE["id"])
        ]
        assert len(set(ids)) == len(ids), "one name of two posts was taken"
        assert [len(one) for one in found.delays] == found.frame["direct"].tolist(), "a tree lost a repost"
    return found


def shared(data: bytes, folder: Path) -> link.Opened:
    found = link.opened(data.decode("utf-8", "surrogateescape").removeprefix("?"))
    if found.problem:
        raise REFUSED[0](found.problem)
    if found.inputs is not None:
        text = link.query(found.inputs, found.tab)
        assert not text or link.opened(text.removeprefix("?")) == found, (
            "a link that was accepted does not come back equal"
        )
    return found


def folded(data: bytes, folder: Path) -> link.Opened:
    """A link around what somebody wrote into it."""
    text = base64.urlsafe_b64encode(zlib.compress(data, 1)).rstrip(b"=")
    return shared(b"?" + link.KEY.encode() + b"=" + text, folder)


def unfolded(search: bytes) -> bytes:
    text = search.split(b"=", 1)[1]
    return zlib.decompress(base64.urlsafe_b64decode(text + b"=" * (-len(text) % 4)))


def upload(data: bytes, folder: Path) -> state.Inputs:
    found = state.uploaded(data.decode("utf-8", "replace"), "x.toml")
    again = state.uploaded(read.write(found.scenario), "x.toml")
    assert again.scenario == found.scenario, "an upload does not come back"
    return found


N8 = read.read("nokia_n8", Scenario).changed({"graph": {"accounts": 2_000}, "segments": {}})
HQ = read.read("hq_calendar", Scenario)
HQ_TEXT = read.locate("hq_calendar").read_text(encoding="utf-8")


def readers() -> dict[str, Reader]:
    """Readers of what a planner writes."""
    kol = (
        b"name,followers,fee,fit,engagement,must_have,excluded,never_with,overlap,segments\n"
        b"anna,1200000,24500,0.4,0.01,true,,,ben:0.3,fans:0.2; media:0.01\n"
        b"ben,300000,6500,,,,,dora,anna:0.1;dora:0.05,\n"
        b"\xe5\xa7\x9a,90000,2300,0.2,0.02,,true,,,fans:0.5\ndora,5000,,,,,,,,\n"
    )
    own = "时间,阅读数,转发数,评论数,粉丝数,内容\n" + "".join(
        f"2012-03-{day:02d} 10:30,{900 + day},{day},{day // 2},1.2万,launch\n" for day in range(1, 9)
    )
    plain = "time;reposts;followers;reads\n" + "".join(
        f"2012/3/{day} 9:05;{3 * day};12,345;{day}00\n" for day in range(1, 5)
    )
    trees = (
        "id,parent,time,followers,reads,comments,content\n1,,2012-03-01 10:00,12000,500,3,launch\n"
        "2,1,2012-03-01 10:05,,,,\n3,2,2012-03-01 11:00,,,,\n4,1,2012-03-01T10:07:30+08:00,,,,\n"
        "5,,2012-03-02 09:00,12100,,,joke\n6,5,2012-03-02 09:01,80,,,\n"
    )
    points = (
        b"cast.employees.count,response.repost_rate\n1000,0.001\n2000,0.002\n",
        b"strategies.mixed.posts.2.participation,prices.kol_fixed,strategies.mixed.title\n0.5,100,a\n0.75,1e3,b\n",
        b"cast.kols.kol_1.fit\tattention.sessions\n0.25\t2\n0.5\t4\n",
    )
    inputs = state.uploaded(presets()[0].decode(), "x.toml")
    links = [link.query(inputs, tab).encode() for tab in state.TABS[:2]] + [b"?page=watch"]
    links = [one for one in links if one]
    calendar_csv = calendars.write(HQ).encode()
    text = mutations.text
    return {
        "scenario": Reader(presets(), text, scenario),
        "planned": Reader(presets(), mutations.values, planned, 8),
        "design": Reader(presets("sweeps"), text, plan),
        "settings": Reader(points, text, settings, 25),
        "candidates": Reader([kol, kol.replace(b",", b"\t")], text, kols, 30),
        "roster": Reader([kol], mutations.values, roster, 25),
        "calendar": Reader([calendar_csv, calendar_csv.decode("utf-8-sig").encode("gb18030")], text, calendar, 15),
        "posts": Reader([own.encode("utf-8-sig"), own.encode("gb18030"), plain.encode()], text, past_posts, 25),
        "posts trees": Reader([trees.encode()], text, past_posts, 25),
        "link": Reader(links, mutations.binary, shared, 25),
        "link inside": Reader([unfolded(one) for one in links[:2]], text, folded),
        "upload": Reader(presets(), text, upload),
    }
