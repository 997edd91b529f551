"""The list of facts is whole, its document is what the command prints, and a fact can be missed."""

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest

from benchmarks.facts import __main__ as command
from benchmarks.facts import register, worlds

HOUSE = Path(__file__).resolve().parents[1]
NAMES = [f"V{n}" for n in range(1, 59)]
VERDICTS = {register.MET, register.MISSED, register.PARTLY, register.ABSENT, register.UNSEEN}


def rows_of_the_document() -> dict[str, list[str]]:
    text = (HOUSE / "docs" / "facts.md").read_text(encoding="utf-8")
    lines = [line for line in text.splitlines() if re.match(r"\| V\d+ \|", line)]
    cells = [[cell.strip() for cell in line.strip().strip("|").split("|")] for line in lines]
    return {row[0]: row for row in cells}


def test_all_fifty_eight_are_registered():
    assert sorted(register.FACTS, key=lambda name: int(name[1:])) == NAMES
    for fact in register.FACTS.values():
        assert fact.says
        assert fact.target
        assert fact.source
        assert fact.kind in ("calibrated", "validation")


def test_the_document_has_a_line_for_each_and_says_the_same():
    rows = rows_of_the_document()
    assert list(rows) == NAMES
    for name, row in rows.items():
        fact = register.FACTS[name]
        assert len(row) == 7, row
        assert row[1] == fact.says
        assert row[2] == fact.target
        assert row[4] == fact.kind
        verdict = row[6].replace("*", "").split(":")[0].strip()
        assert verdict in VERDICTS, row
        if verdict in (register.MISSED, register.PARTLY, register.ABSENT):
            assert ":" in row[6], (name, "a miss says why")


def test_the_document_counts_what_it_lists():
    text = (HOUSE / "docs" / "facts.md").read_text(encoding="utf-8")
    verdicts = [row[6].replace("*", "").split(":")[0].strip() for row in rows_of_the_document().values()]
    for verdict in (register.MET, register.MISSED):
        assert f"{verdicts.count(verdict)} {verdict}" in text


def test_a_fact_is_measured_again_only_when_asked(tmp_path):
    """V50 is a formula: quick enough to run the command for."""
    kept = tmp_path / "facts.json"
    run = [sys.executable, "-m", "benchmarks.facts", "V50", "-o", str(kept), "--json"]
    first = subprocess.run(run, cwd=HOUSE, check=True, capture_output=True, text=True)
    assert json.loads(first.stdout)[0]["verdict"] == register.MET
    stored = json.loads(kept.read_text(encoding="utf-8"))
    stored[0]["measured"] = "kept"
    kept.write_text(json.dumps(stored), encoding="utf-8")
    again = subprocess.run(run, cwd=HOUSE, check=True, capture_output=True, text=True)
    assert json.loads(again.stdout)[0]["measured"] == "kept"
    anew = subprocess.run([*run, "--again"], cwd=HOUSE, check=True, capture_output=True, text=True)
    assert json.loads(anew.stdout)[0]["measured"] != "kept"


def test_what_a_machine_cannot_see_is_said(monkeypatch):
    monkeypatch.delenv("DANDELION_DATA", raising=False)
    with pytest.raises(worlds.Lacking):
        worlds.data()


def test_a_formula_that_is_off_is_missed(monkeypatch):
    """The verdict follows the code: with another time constant V50 is missed."""
    from sim.model import service

    assert command.measured("V50")["verdict"] == register.MET
    slow = type("Slow", (), {"relief_minutes": 120.0})
    monkeypatch.setattr(service, "Service", slow)
    assert command.measured("V50")["verdict"] == register.MISSED
