"""What batches leave behind: folders of results and of plays, questions in SQL, and folders of observed cascades."""

import shutil
import zlib
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from sim.fit import read as observed
from sim.planning import book
from sim.results import query, shelf
from sim.results.metrics import METRICS
from sim.runs import design, sweep
from sim.scenario import read
from sim.scenario.schema import Scenario
from sim.ui import archive
from tests.fuzz import grammar, mutations
from tests.fuzz.reader import Feed, Reader, written

EVERY = 100
"""Every so many inputs of a result folder are also asked in SQL and opened as the app does."""
DESIGN = """schema_version = 1
name = "x"
scenarios = ["nokia_n8"]
replicates = 2
[design]
kind = "grid"
[[knobs]]
name = "response.repost_rate"
values = [0.001, 0.002]
[[knobs]]
name = "cast.employees.count"
low = 100
high = 300
steps = 2
"""


RUNS = 39
N8 = read.read("nokia_n8", Scenario)
PLAYED = 3
WORTH: book.Metrics = {name: float(place) for place, name in enumerate([*METRICS, book.EXPECTED])}


def results(sound: Path, part: str) -> Feed:
    """A result folder with the file PART replaced: asked as `query`, `report`, `rerun` and the app ask it."""

    def feed(data: bytes, folder: Path) -> design.Plan:
        held = folder / part.replace("/", " ") / "kept"
        if not held.exists():
            shutil.copytree(sound, held)
        written(data, held, part)
        if not part.endswith(".toml"):
            assert len(shelf.open(held)) <= RUNS, "rows appeared from nowhere"
            shelf.Shelf.view(held).failures()
        if zlib.crc32(data) % EVERY == 0:  # DuckDB takes 20 ms to begin
            query.query(held, "select strategy, avg(reach), count(*) from runs group by 1")
            with_root(held)
        return sweep.reopen(held)

    return feed


def with_root(held: Path) -> None:
    """The folder as the app opens it: by its name below the folder of results."""
    root = archive.root
    archive.root = lambda: held.parent.resolve()
    try:
        found = archive.opened(held.name)
        archive.first_runs(found, ["run_id", "reach"], 5)
        archive.sums(found, "reach")
    finally:
        archive.root = root


def plays(sound: Path, part: str) -> Feed:
    """The folder of a planning command with the file PART replaced: the command goes on in it (`--resume`)."""

    def feed(data: bytes, folder: Path) -> int:
        held = folder / "plays"
        shutil.copytree(sound, held, dirs_exist_ok=True)  # what is torn is cleared away: every input has its own
        written(data, held, part)
        with book.kept(held, N8, "choose", 1, resume=True) as found:
            assert found.found in (0, PLAYED), "plays were half read"
            assert not found.found or found.known("launch", 1) == WORTH, "a play says something else than it did"
        return found.found

    return feed


def question(sound: Path) -> Feed:
    """One SELECT over the views of a connection that is kept: a question may not spoil it for the next one."""
    held: list[Any] = []

    def feed(data: bytes, folder: Path) -> pd.DataFrame:
        if not held:
            held.append(query.connect(sound))
        found = query.answer(held[0], data.decode("utf-8", "replace"))
        assert len(query.answer(held[0], "select run_id from runs")) == RUNS, "a question changed the folder"
        return found

    return feed


def cascades(sound: Path, part: str) -> Feed:
    """A folder of observed cascades with the file PART replaced."""

    def feed(data: bytes, folder: Path) -> observed.Cascades:
        held = folder / ("observed " + part)
        if not held.exists():
            shutil.copytree(sound, held)
        written(data, held, part)
        found = observed.cascades(held)
        observed.uncapped(held)
        events = int(found.offsets[-1])
        assert found.parent.size == found.depth.size == found.delay.size == events, "events got lost"
        assert (np.diff(found.offsets) > 0).all(), "a root without events was kept"
        back = folder / "observed again"
        back.mkdir(exist_ok=True)
        _write(found, back)
        again = observed.cascades(back)
        for name in ("offsets", "parent", "depth", "delay", "commented"):
            assert np.array_equal(getattr(again, name), getattr(found, name), equal_nan=name == "delay"), (
                "cascades that were accepted do not come back equal"
            )
        pd.testing.assert_frame_equal(again.roots, found.roots)
        return found

    return feed


def _write(found: observed.Cascades, folder: Path) -> None:
    roots = found.roots
    names = {
        "cascade_id": "root", "rumor": "rumour", "root_hour": "hour", "root_minute": "minute",
        "root_weekday": "weekday", "followers": "followers", "verified_type": "verified_type",
        "reported_reposts": "reposts", "reported_comments": "comments",
    }  # fmt: skip
    pd.DataFrame({name: roots[held] for name, held in names.items()}).to_parquet(folder / "cascades.parquet")
    sizes = np.diff(found.offsets)
    events = {
        "cascade_id": np.repeat(roots["root"].to_numpy(), sizes),
        "event_idx": np.arange(found.parent.size) - np.repeat(found.offsets[:-1], sizes),
        "parent_idx": found.parent, "depth": found.depth, "delay_s": found.delay, "has_text": found.commented,
    }  # fmt: skip
    pd.DataFrame(events).to_parquet(folder / "events.parquet")


def calibration(data: bytes, folder: Path) -> dict[str, Any]:
    return observed.calibration(written(data, folder, "x.json"))


def _kept(folder: Path) -> Path:
    """A small result folder of a sweep whose numbers nobody simulated."""
    (folder / "x.toml").write_text(DESIGN, encoding="utf-8")
    plan = design.make(folder / "x.toml")
    scenarios = {name: read.write(one) for name, one in plan.scenarios.items()}
    played = {name: list(several) for name, several in plan.strategies.items()}
    about = {"design_toml": DESIGN, "title": "x", "goal": "reach", "strategies": played, "titles": {}}
    manifest = {"kind": "sweep", "seed": 1, "identity": {"design": "x"}, "sweep": about, "versions": {}}
    luck = np.random.default_rng(1)
    runs = [
        {
            "run_id": run.run_id(1), "scenario_id": run.setting.scenario_id, "setting_id": run.setting.setting_id,
            "strategy": run.strategy, "replicate": run.replicate, "seed": 1,
            **{name: float(luck.integers(1, 9_999)) for name in METRICS},
        }
        for run in plan.runs()
    ]  # fmt: skip
    hours = pd.DataFrame({"run_id": [runs[0]["run_id"]] * 3, "hour": [0, 1, 2], "reads": [5.0, 3.0, 1.0]})
    with shelf.Shelf.hold(folder / "kept", manifest, scenarios, plan.table) as held:
        held.add(runs[:RUNS], [hours])
        held.write_failures([{**{key: runs[-1][key] for key in shelf.KEYS}, "error": "no luck", "trace": "none"}])
    return folder / "kept"


def _played(folder: Path) -> Path:
    """The folder of a choice that was interrupted after a few plays that nobody simulated."""
    with book.kept(folder / "plays", N8, "choose", 1) as begun:
        for replicate in range(1, PLAYED + 1):
            begun.add("launch", replicate, WORTH)
    return folder / "plays"


def _cascades(folder: Path) -> Path:
    held = folder / "observed"
    held.mkdir(exist_ok=True)
    roots = range(4)
    pd.DataFrame(
        {
            "cascade_id": [10 * k for k in roots], "rumor": [k % 2 for k in roots], "root_hour": [8 + k for k in roots],
            "root_minute": [7 * k for k in roots], "root_weekday": list(roots),
            "followers": [1_000.0, np.nan, 50_000.0, 12.0], "verified_type": [-1.0, 0.0, np.nan, 2.0],
            "reported_reposts": [3, 2, 1, 0], "reported_comments": [1, 0, 0, 5],
        }
    ).to_parquet(held / "cascades.parquet")  # fmt: skip
    pd.DataFrame(
        {
            "cascade_id": [0, 0, 0, 10, 10, 20], "event_idx": [0, 1, 2, 0, 1, 0], "parent_idx": [-1, 0, 1, -1, -1, -1],
            "depth": [1, 2, 3, 1, 1, 1], "delay_s": [5.0, 60.0, np.nan, 1.0, 2.0, 86_400.0],
            "has_text": [True, False, True, False, False, True],
        }
    ).to_parquet(held / "events.parquet")  # fmt: skip
    pd.DataFrame({"retweets": [3, 5_000], "fans": [100.0, np.nan]}).to_parquet(held / "uncapped_posts.parquet")
    return held


QUESTIONS = [
    b"select strategy, avg(reach) as mean from runs group by 1 order by mean desc limit 3",
    b"select r.strategy, c.hour, sum(c.reads) from runs r join curves c using (run_id) group by all",
    b'select * from design where "response.repost_rate" > 0.0015',
    b"with best as (select max(orders) as most from runs) select run_id from runs, best where orders = most",
    b"describe runs",
    b"explain select count(*) from failures",
    b"select cast(reach as varchar) || '-' || strategy, timestamp '2012-03-01 10:00:00' + interval 5 day from runs",
    b"select * from read_csv('/etc/passwd')",
    b"copy runs to 'x.csv'",
    b"attach 'x.db'",
    b"select 1; select 2",
    b"select list(reach), {'a': 1, 'b': date '2012-03-01'}, map([1], ['x']), 5::hugeint, '1'::bit, uuid() from runs",
]


STANDING = b'{"settings": {"seed": 1, "generations": 3}, "journal": [[0.1, 2.0]], "loss": 1.5}'


def readers(folder: Path) -> dict[str, Reader]:
    """Readers of folders of results, of plays and of observed cascades; examples below FOLDER."""
    kept, seen, played = _kept(folder), _cascades(folder), _played(folder)
    text = mutations.text
    found = {
        "query": Reader(QUESTIONS, text, question(kept)),
        "calibration": Reader([STANDING], text, calibration, 25),
    }
    for name in ("cascades", "events", "uncapped_posts"):
        path = seen / f"{name}.parquet"
        found[f"observed {name}"] = Reader([path.read_bytes()], grammar.parquet, cascades(seen, path.name), 6)
    for part, broken in (("manifest.json", mutations.either), ("runs", mutations.binary)):
        path = next((played / "runs").iterdir()) if part == "runs" else played / part
        place = path.relative_to(played).as_posix()
        found[f"plays {part}"] = Reader([path.read_bytes()], broken, plays(played, place), 6)
    for part, broken in (
        ("manifest.json", mutations.either), ("design.parquet", grammar.parquet), ("failures.parquet", grammar.parquet),
        ("scenarios/nokia_n8.toml", text), ("runs", mutations.binary),
    ):  # fmt: skip
        path = next((kept / "runs").iterdir()) if part == "runs" else kept / part
        place = path.relative_to(kept).as_posix()
        found[f"results {part.rpartition('/')[2]}"] = Reader([path.read_bytes()], broken, results(kept, place), 6)
    return found
