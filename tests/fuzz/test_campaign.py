"""The campaign finds every fault it looks for, counts every input once, and goes on where it was interrupted."""

import itertools
import json
import shutil

import pytest

from tests.fuzz import campaign, faulty, worker
from tests.fuzz.worker import Batch, Limits

FAULTY = "tests.fuzz.faulty"
QUICK = Limits(seconds=1.0, memory=200 << 20)


def made(folder, seed=1):
    return campaign.Campaign(seed, folder, FAULTY, QUICK)


def bad(name, size, seed=1):
    """Numbers of the inputs on which the faulty reader NAME goes wrong, and of those it accepts."""
    given = [int(faulty._number(b"", _luck(seed, name, number))) for number in range(size)]
    even = [number for number, value in enumerate(given) if value % 2 == 0]
    wrong = [number for number in even if given[number] % faulty.BAD == 0]
    return wrong, [number for number in even if number not in wrong]


def _luck(seed, name, number):
    luck = worker.chance(seed, name, number)
    luck.choice([b"0"])  # the example
    return luck


@pytest.mark.parametrize(
    ("name", "what"),
    [
        ("raises", "KeyError in faulty.py"),
        ("spins", "Hang"),
        ("swallows", "Hang"),
        ("spins compiled", "the process ended"),
        ("takes", "more than 209,715,200 bytes"),
        ("takes too much", "MemoryError"),
        ("dies", "the process ended (9)"),
    ],
)
def test_every_fault_is_found_and_nothing_else(tmp_path, name, what):
    size = next(size for size in itertools.count() if len(bad(name, size)[0]) == 2) + 5
    wrong, sound = bad(name, size)
    assert len(wrong) >= 2
    found = list(made(tmp_path).run([Batch(name, 0, size)], 1))
    assert sum(batch.read for batch in found) == size
    assert [number for batch in found for number, _ in batch.defects] == wrong
    assert all(told.startswith(what) for batch in found for _, told in batch.defects)
    taken = len(sound) + (len(wrong) if name == "takes" else 0)  # what took too much was read, and is a defect too
    assert sum(batch.accepted for batch in found) == taken
    kept = [path for path in tmp_path.iterdir() if path.name.startswith(name.replace(" ", "_"))]
    assert [int(path.read_bytes()) % faulty.BAD for path in kept] == [0] * min(len(wrong), campaign.KEPT)


def test_an_interrupted_campaign_goes_on(tmp_path):
    first = made(tmp_path)
    wanted = first.shares(160, "s", size=10)
    assert {batch.name for batch in wanted} >= {"sound", "raises"}
    wanted = [batch for batch in wanted if batch.name in ("sound", "raises")]
    stopped = list(itertools.islice(first.run(wanted, 2), 2))  # the others are never noted
    assert len(first.notes.read_text().splitlines()) == 2
    again = made(tmp_path)
    assert [batch.as_dict() for batch in again.earlier()] == json.loads(json.dumps([one.as_dict() for one in stopped]))
    rest = list(again.run(wanted, 1))
    places = [(batch.name, number) for batch in rest for number in range(batch.first, batch.first + batch.read)]
    assert sorted(places) == sorted((b.name, b.first + k) for b in wanted for k in range(b.size))
    assert len(again.notes.read_text().splitlines()) == len(wanted)
    assert f"| sound | {sum(b.size for b in wanted if b.name == 'sound')} |" in again.table()
    other = made(tmp_path, seed=2)
    assert other.earlier() == []


def test_every_input_has_its_share(tmp_path):
    wanted = made(tmp_path).shares(1_000, size=100)
    assert sum(batch.size for batch in wanted) == 1_000
    assert {sum(b.size for b in wanted if b.name == name) for name in {b.name for b in wanted}} == {125}


def test_another_code_begins_anew(tmp_path, monkeypatch):
    list(made(tmp_path).run([Batch("sound", 0, 5)], 1))
    monkeypatch.setattr(campaign, "code", lambda: "other")
    assert made(tmp_path).earlier() == []
    shutil.rmtree(tmp_path)
