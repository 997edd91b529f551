"""A short campaign, and every case that a long one found."""

import random
from pathlib import Path

import pytest

from tests.fuzz import readers

CASES = sorted((Path(__file__).parent / "cases").glob("*"))
NAMES = (
    "accounts.csv", "accounts.parquet", "calendar", "candidates", "design", "edges.csv", "edges.parquet", "edges.tsv",
    "forged followers.npy", "forged indptr.npy", "gexf", "graphml", "link", "link inside", "observed cascades",
    "observed events", "option", "planned", "posts", "posts trees", "query", "request", "results design.parquet",
    "results manifest.json", "roster", "rule manifest.json", "scenario", "settings", "stored added_followers.npy",
    "stored added_indptr.npy", "stored community_start.npy", "stored followers.npy", "stored indptr.npy",
    "stored labels.json", "stored manifest.json", "upload",
)  # fmt: skip
INPUTS = 60
FORGIVING = ("plays runs", "results failures.parquet", "results runs")
"""A torn table of failures or part of runs is nobody's mistake: its runs count as not done."""
REFUSING = "query"
"""Its examples hold questions that must be refused, too."""


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
    for name, reader in every.items():
        refused = [fed(reader, example, tmp_path) for example in reader.examples]
        assert not any(refused) or (name == REFUSING and not all(refused)), (name, refused)


@pytest.mark.filterwarnings("ignore")
def test_near_valid_input_is_read_or_refused(every, tmp_path):
    for name, reader in every.items():
        refused = 0
        for number in range(INPUTS):
            refused += fed(reader, reader.input(random.Random(f"ci {name} {number}")), tmp_path) != ""
        assert refused or name in FORGIVING, name


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_what_was_found_once(case, every, tmp_path):
    """A file of the folder `cases` is named READER-NUMBER, as a campaign keeps it (spaces are underscores)."""
    named = {name.replace(" ", "_"): reader for name, reader in every.items()}
    fed(named[case.name.rsplit("-", 1)[0]], case.read_bytes(), tmp_path)
