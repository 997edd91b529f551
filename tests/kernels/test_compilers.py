"""Kernels compiled side by side: nothing twice, the same answers, nothing lost when a compiler or its master dies."""

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from sim.kernels import compilers, signatures

HOUSE = Path(__file__).resolve().parents[2]
BRANCHES = ("draws.bits", "draws.normal", "ranking.ascend", "ranking.kth")  # and all that they call

# What this process compiles itself of what it calls, beside Numba's own functions.
START = """
import numpy as np
from numba.core import event
from sim.kernels import compiled, compilers, draws, ranking
own = []
class Listener(event.Listener):
    def on_start(self, event):
        own.extend(filter(None, [getattr(event.data["dispatcher"]._cache, "name", "")]))
    def on_end(self, event):
        pass
event.register("numba:compile", Listener())
{first}
answer = [int(draws.bits(np.uint64(7), np.int64(3))), float(draws.normal(0.3)),
          float(ranking.kth(np.array([3.0, 1.0, 2.0]), np.int64(1)))]
print(repr((answer, own, len(compiled._OTHERS), [one.pid for one in compiled._OTHERS._processes])))
"""
EVERYTHING = "compiled.everything()"


def closure(kernels: list[list]) -> list[list]:
    """The rows of `signatures.json` that BRANCHES need, renumbered."""
    kept = {k for k, row in enumerate(kernels) if row[0].split()[1] in BRANCHES}
    while more := {below for k in kept for below in kernels[k][2]} - kept:
        kept |= more
    order = sorted(kept)
    return [[*kernels[k][:2], [order.index(below) for below in kernels[k][2]], kernels[k][3]] for k in order]


@pytest.fixture(scope="module")
def house(tmp_path_factory) -> Path:
    """A copy of the house with a short list."""
    place = tmp_path_factory.mktemp("house")
    leave = shutil.ignore_patterns("__pycache__", "ui", "static")
    shutil.copytree(HOUSE / "sim", place / "sim", ignore=leave)
    file = place / "sim" / "kernels" / "signatures.json"
    found = json.loads(file.read_text(encoding="utf-8"))
    file.write_text(json.dumps(found | {"kernels": closure(found["kernels"])}), encoding="utf-8")
    return place


def start(house: Path, cache: Path, first: str = "", number: int = 2) -> subprocess.Popen:
    return subprocess.Popen(
        [sys.executable, "-B", "-c", START.format(first=first)],
        cwd=house,
        env={**os.environ, "DANDELION_CACHE": str(cache), "DANDELION_COMPILERS": str(number)},
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip


def answer(process: subprocess.Popen) -> tuple[list, list[str], int, list[int]]:
    out, err = process.communicate(timeout=300)
    assert process.returncode == 0, err
    return eval(out)


@pytest.fixture(scope="module")
def alone(house, tmp_path_factory):
    """Without compilers."""
    found, own, others, pids = answer(start(house, tmp_path_factory.mktemp("alone"), number=1))
    assert len(own) >= len(BRANCHES)
    assert (others, pids) == (0, [])
    return found


def test_compilers_leave_nothing_to_compile(house, tmp_path, alone):
    found, own, others, pids = answer(start(house, tmp_path, EVERYTHING))
    assert (found, own) == (alone, [])
    assert others == len(json.loads((house / "sim/kernels/signatures.json").read_text())["kernels"])
    assert len(pids) == 2
    assert answer(start(house, tmp_path)) == (alone, [], 0, [])


def test_compilers_end_with_the_process_that_started_them(house, tmp_path):
    *_, pids = answer(start(house, tmp_path))
    assert len(pids) == 2
    for pid in pids:
        with pytest.raises(ProcessLookupError):
            os.kill(pid, 0)


def test_two_first_starts_share_their_compilers(house, tmp_path, alone):
    both = [answer(process) for process in [start(house, tmp_path, EVERYTHING) for _ in range(2)]]
    assert [found for found, *_ in both] == [alone, alone]
    assert [own for _, own, *_ in both] == [[], []]
    assert sorted(len(pids) for *_, pids in both) in ([0, 0], [0, 2])


def test_the_next_start_goes_on_where_a_killed_one_stood(house, tmp_path, alone):
    killed = start(house, tmp_path, EVERYTHING)
    while not list(tmp_path.glob("kernels-*/done-*")):
        assert killed.poll() is None
        time.sleep(0.01)
    killed.send_signal(signal.SIGKILL)
    killed.communicate()
    assert answer(start(house, tmp_path, EVERYTHING))[:2] == (alone, [])


def test_whoever_has_dead_compilers_compiles(house, tmp_path, alone):
    found, own, *_ = answer(start(house, tmp_path, "compilers.SERVE = 'raise SystemExit'"))
    assert found == alone
    assert own


def test_a_kernel_at_which_compilers_fail_is_compiled_by_who_calls_it(house, tmp_path, alone):
    fail = "compilers.SERVE = compilers.SERVE.replace('compilers.serve()', "
    fail += "'compilers.signatures.made = None; compilers.serve()')"
    found, own, *_ = answer(start(house, tmp_path, fail))
    assert found == alone
    assert own


def test_nobody_waits_for_ever(house, tmp_path, alone):
    """Somebody holds the folder's lock and does nothing."""
    fcntl = pytest.importorskip("fcntl")
    answer(start(house, tmp_path, number=1))
    (folder,) = tmp_path.glob("kernels-*")
    for path in [*folder.rglob("*.nbi"), *folder.rglob("*.nbc")]:
        path.unlink()
    with (folder / "compilers").open("wb") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        found, own, _, pids = answer(start(house, tmp_path, "compilers.PATIENCE = 0.2"))
    assert (found, pids) == (alone, [])
    assert own


def test_a_fork_has_no_compilers(tmp_path):
    here = compilers.Compilers(tmp_path)
    here._lead, here._threads = os.getpid() + 1, []
    here.stop()
    assert not here._stopped


@pytest.mark.parametrize("named", ["1", "3", "", "many"])
def test_the_number_of_compilers(monkeypatch, named):
    monkeypatch.setenv("DANDELION_COMPILERS", named)
    allowed = {int(named)} if named.isdigit() else range(1, compilers.MOST + 1)
    assert compilers.cores() in allowed


def test_the_list_can_be_read_and_is_not_of_older_kernels():
    """If this fails: python -m benchmarks.signatures."""
    found = signatures.read()
    assert len(found.kernels) > 100
    done: set[int] = set()
    for one in found.kernels:
        made = signatures.made(one.name)
        takes = [signatures.type_of(word, found.tuples) for word in one.takes]
        assert [signatures.word_of(each, {}) for each in takes] == list(one.takes)
        assert len(takes) == made.py_func.__code__.co_argcount
        assert signatures.name_of(one.name.split()[0], made.py_func) == one.name
    while ready := {k for k, one in enumerate(found.kernels) if k not in done and done.issuperset(one.calls)}:
        done |= ready
    assert len(done) == len(found.kernels), "some wait for each other"
    for name, fields in found.tuples.items():
        assert len(fields) == len(signatures.named(name)._fields)


def test_every_kernel_that_a_command_calls_is_on_the_list():
    """If this fails: python -m benchmarks.signatures."""
    command = [sys.executable, "-m", "benchmarks.signatures", "--check"]
    done = subprocess.run(command, cwd=HOUSE, check=False, capture_output=True, text=True, timeout=600)
    assert done.returncode == 0, done.stdout + done.stderr
