"""Every parameter's source can be followed: its short names stand in one table, no page that nobody has is named."""

import ast
import re
from pathlib import Path

import pytest

from sim.scenario import evidence, read, sources
from sim.scenario.schema import Scenario

HOUSE = Path(__file__).resolve().parents[2]
CITATION = re.compile(r"\b(19|20)\d\d\b|\bS\d\b|\bV\d+\b|arXiv|et al|\b[A-Z]{4,}\b(?<!RMB)")
NOWHERE = re.compile(r"\.md\b|\.txt\b|PARAMETERS|MODEL|^same")


def declared() -> list[tuple[str, str, str]]:
    """(place, evidence, source) of every Doc in the code; a named constant is looked up in its file."""
    found = []
    for path in sorted((HOUSE / "sim").rglob("*.py")):
        tree = ast.parse(path.read_text(encoding="utf-8"))
        named = {
            node.targets[0].id: node.value.value
            for node in tree.body
            if isinstance(node, ast.Assign)
            and isinstance(node.targets[0], ast.Name)
            and isinstance(node.value, ast.Constant)
        }
        for node in ast.walk(tree):
            if not (isinstance(node, ast.Call) and getattr(node.func, "id", "") == "Doc"):
                continue
            given = {word.arg: word.value for word in node.keywords}
            given |= dict(zip(("meaning", "evidence", "source"), node.args, strict=False))
            told = {
                name: named[value.id] if isinstance(value, ast.Name) else ast.literal_eval(value)
                for name, value in given.items()
                if name in ("evidence", "source")
            }
            place = f"{path.relative_to(HOUSE)}:{node.lineno}"
            found.append((place, told.get("evidence", "assumed"), told.get("source", "")))
    return found


def left(source: str) -> str:
    """SOURCE without the short names of the table."""
    for key in sorted(sources.SOURCES, key=len, reverse=True):
        source = source.replace(key, "")
    return source


def test_every_source_can_be_followed():
    known = declared()
    assert len(known) > 250
    wrong = [(place, source) for place, _, source in known if CITATION.search(left(source)) or NOWHERE.search(source)]
    assert wrong == []


def test_what_was_seen_or_calibrated_says_where():
    wrong = [(place, source) for place, how, source in declared() if how != "assumed" and not sources.cited(source)]
    assert wrong == []


def test_no_name_in_the_table_is_idle():
    """What no parameter cites any more goes."""
    used = {key for _, _, source in declared() for key in sources.cited(source)}
    assert used == set(sources.SOURCES)


def test_the_page_is_the_table():
    assert sources.markdown() in (HOUSE / "docs" / "sources.md").read_text(encoding="utf-8")


def test_schema_and_rows_lead_there():
    schema = evidence.describe(Scenario)
    scenario = read.read(read.locate("nokia_n8"), Scenario)
    assert schema["references"]["S1"].startswith("answers of Finnish companies")
    rows = {row["name"]: row for row in evidence.rows(scenario)}
    assert rows["attention.dormant"]["references"] == sources.references("Fu & Chau 2013")
    assert "Reality Check" in rows["attention.dormant"]["references"][0]


@pytest.mark.parametrize(
    ("text", "keys"),
    [
        ("S1:53, S4:34: they do", ["S1", "S4"]),
        ("order: Yu, Asur, Huberman 2011", ["Yu, Asur, Huberman 2011"]),
        ("S-shape", []),
        ("a Nokia S1 phone", []),
    ],
)
def test_short_names_are_found(text, keys):
    assert sources.cited(text) == keys
