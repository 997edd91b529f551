"""The table of what the sources ask for names only what exists, and leaves nothing out."""

import re
from pathlib import Path

HOUSE = Path(__file__).resolve().parents[1]
ROWS = [
    [cell.strip() for cell in line.strip().strip("|").split("|")]
    for line in (HOUSE / "docs" / "coverage.md").read_text(encoding="utf-8").splitlines()
    if re.match(r"\| \d+ \|", line)
]


def named(cell: str) -> list[str]:
    return re.findall(r"`([^`]+)`", cell)


def checks_of(row: list[str]) -> list[str]:
    return [name for name in named(row[6]) if name.startswith("tests/")]


def test_every_statement_has_its_line():
    assert [int(row[0]) for row in ROWS] == list(range(1, 99))
    assert all(len(row) == 7 for row in ROWS)
    assert sum(row[2] == "M" for row in ROWS) == 49
    assert {row[2] for row in ROWS} == {"M", "S", "C"}


def test_presets_files_and_tests_exist():
    for row in ROWS:
        for preset in named(row[3]):
            assert (HOUSE / "scenarios" / f"{preset}.toml").is_file(), row
        for place in named(row[5]):
            assert (HOUSE / place).is_file(), row
        for test in checks_of(row):
            place, _, name = test.partition("::")
            assert (HOUSE / place).is_file(), row
            if name:
                assert re.search(rf"^def {name}\(", (HOUSE / place).read_text(encoding="utf-8"), flags=re.M), row


def test_a_must_has_preset_mechanism_and_test():
    for row in ROWS:
        if row[2] == "M":
            assert checks_of(row), row
            assert all("::" in check for check in checks_of(row)), (row, "one test, not a file of them")
            assert named(row[3]), row
            assert named(row[5]), row
        else:
            assert row[6], row


def test_every_preset_is_in_the_table():
    used = {preset for row in ROWS for preset in named(row[3])}
    assert used == {place.stem for place in (HOUSE / "scenarios").glob("*.toml")}
    assert len(used) >= 15
