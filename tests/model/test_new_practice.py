"""The page for newcomers is true: all its code runs, in order, as printed."""

import re
from pathlib import Path

from sim.model import course

PAGE = Path(__file__).resolve().parents[2] / "docs" / "new_practice.md"


def test_the_worked_example_runs(monkeypatch):
    blocks = re.findall(r"```python\n(.*?)```", PAGE.read_text(encoding="utf-8"), flags=re.S)
    assert len(blocks) == 4
    monkeypatch.setattr(course, "ROOMS", course.ROOMS)
    space: dict[str, object] = {"__name__": "new_practice"}
    for number, block in enumerate(blocks):
        exec(compile(block, f"{PAGE.name}, block {number + 1}", "exec"), space)
    assert space["on"].parts["reminders"] > 2
    assert space["Reminding"] in course.ROOMS
