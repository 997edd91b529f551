"""A short campaign, and every case that a long one found."""

import random
from pathlib import Path

import pytest

from tests.fuzz import readers

CASES = sorted((Path(__file__).parent / "cases").glob("*"))
NAMES = (
    "calendar", "candidates", "design", "edges.csv", "edges.parquet", "gexf", "graphml", "link", "link inside",
    "posts", "scenario", "settings", "upload",
)  # fmt: skip
INPUTS = 40


@pytest.fixture(scope="module")
def every(tmp_path_factory):
    return readers.prepare(tmp_path_factory.mktemp("examples"))


def fed(reader, data, folder):
    """Why DATA was refused, "" if it was accepted; anything else that is raised is a defect."""
    try:
        reader.feed(data, folder)
    except readers.REFUSED as refusal:
        return str(refusal).strip() or "refused without a reason"
    return ""


@pytest.mark.filterwarnings("ignore")
def test_the_examples_are_accepted(every, tmp_path):
    assert set(NAMES) < set(every)
    for reader in every.values():
        for example in reader.examples:
            reader.feed(example, tmp_path)


@pytest.mark.filterwarnings("ignore")
def test_near_valid_input_is_read_or_refused(every, tmp_path):
    for name, reader in every.items():
        refused = 0
        for number in range(INPUTS):
            refused += fed(reader, reader.input(random.Random(f"ci {name} {number}")), tmp_path) != ""
        assert refused, name


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_what_was_found_once(case, every, tmp_path):
    name = case.name.rsplit("-", 1)[0].replace("_", " ")
    fed(every[name], case.read_bytes(), tmp_path)
