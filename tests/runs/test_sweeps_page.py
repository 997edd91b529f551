"""docs/sweeps.md says what a sweep file may hold: its example is played, and no key or design is left out."""

import re
from pathlib import Path

import pytest

from sim.results import shelf
from sim.runs import design, publish, sweep, workers
from sim.scenario import read

PAGE = (Path(__file__).resolve().parents[2] / "docs" / "sweeps.md").read_text(encoding="utf-8")
EXAMPLE = re.search(r'```toml title="mine.toml"\n(.*?)```', PAGE, flags=re.S).group(1)


def cells(place: int) -> set[str]:
    """Every `word` in that column of the page's tables."""
    rows = [line.split("|") for line in PAGE.splitlines() if line.startswith("|")]
    return {word for row in rows for word in re.findall(r"`([a-z_]+)`", row[place])}


def test_every_key_and_every_design_is_told():
    keys = cells(1)
    assert set(design.Sweep.model_fields) - {"schema_version", "design", "knobs"} <= keys
    assert set(design.Kind.__args__) <= keys
    assert set(design.Points.model_fields) - {"kind"} <= cells(2)
    assert set(design.Knob.model_fields) - {"name"} <= set(re.findall(r"`([a-z]+)`", PAGE))


def test_its_example_is_played_and_reported(tmp_path):
    (tmp_path / "mine.toml").write_text(EXAMPLE, encoding="utf-8")
    plan = design.make(tmp_path / "mine.toml")
    assert len(plan) == 16 * 3 * 4
    with workers.engine("threads", 2) as engine:
        summary = sweep.run(plan, tmp_path / "out", engine=engine)
    assert summary.failed == 0
    assert len(shelf.open(tmp_path / "out")) == len(plan)
    assert publish.publish(tmp_path / "out").stat().st_size > 10_000


@pytest.mark.parametrize(
    ("kind", "settings"),
    [("grid", 5 * 5 * 2), ("latin_hypercube", 10), ("sobol", 16 * (3 + 2)), ("morris", 10 * (3 + 1))],
)
def test_a_design_has_as_many_settings_as_the_page_says(kind, settings):
    wanted = read.parse(EXAMPLE.replace("latin_hypercube", kind).replace("points = 16", "points = 10"), design.Sweep)
    scenario = read.read(wanted.scenarios[0], design.Scenario)
    assert len(design.of(wanted, {scenario.name: scenario}).table) == settings
