"""Where machine code is kept: first starts at once, read-only installations, other people's folders."""

import contextlib
import gc
import os
import shutil
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest

from sim.kernels import compiled, draws, spread

HOUSE = Path(__file__).resolve().parents[2]

# Two signatures of one kernel and a tuple of answers; compiled functions are counted.
START = """
import sys
import numpy as np
from sim.kernels import compiled, draws
names = []
with compiled.told(lambda name, done: names.append(name)):
    items = (3, np.uint64(3)) if len(sys.argv) < 2 else (np.uint64(3), 3)
    found = [int(draws.bits(np.uint64(7), item)) for item in items] + [float(draws.normal(0.3))]
print(found, len(names), compiled._FOLDER)
"""

HOLD = """
from sim.kernels import compiled
with compiled._alone():
    print(1, flush=True)
    input()
"""


def start(environment: dict[str, str], *words: str, house: Path = HOUSE) -> subprocess.Popen:
    return subprocess.Popen(
        [sys.executable, "-B", "-c", START, *words],
        cwd=house,
        env={**os.environ, "DANDELION_COMPILERS": "1", **environment},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def answer(process: subprocess.Popen) -> tuple[str, int, str]:
    """What a start found, how many functions it compiled, and its cache folder."""
    out, err = process.communicate(timeout=300)
    assert process.returncode == 0, err
    found, rest = out.strip().split("] ")
    count, folder = rest.split(" ", 1)
    return found, int(count), folder


def test_two_first_starts_at_once_leave_one_good_cache(tmp_path):
    """They ask for the signatures in opposite order, so that each wants the number the other takes."""
    here = {"DANDELION_CACHE": str(tmp_path)}
    both = [start(here), start(here, "other order")]
    answers = [answer(process) for process in both]
    assert answers[0][0] == answers[1][0]
    assert max(count for _, count, _ in answers) > 0
    for words in ((), ("other order",)):
        found, count, folder = answer(start(here, *words))
        assert found == answers[0][0]
        assert count == 0
        assert Path(folder).parent == tmp_path


def test_a_process_that_dies_while_it_writes_leaves_the_cache_free(tmp_path):
    """The lock goes with the process."""
    pytest.importorskip("fcntl")
    here = {"DANDELION_CACHE": str(tmp_path)}
    holder = subprocess.Popen(
        [sys.executable, "-c", HOLD],
        cwd=HOUSE, env={**os.environ, **here}, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
    )  # fmt: skip
    assert holder.stdout.readline() == "1\n"
    holder.kill()
    holder.communicate()
    assert answer(start(here))[1] > 0


def test_nothing_is_written_beside_the_code(tmp_path):
    """A read-only installation whose user has no home to write to."""
    house = tmp_path / "house"
    shutil.copytree(HOUSE / "sim", house / "sim", ignore=shutil.ignore_patterns("__pycache__", "ui", "static"))
    before = sorted(path for path in house.rglob("*"))
    for path in [house, *before]:
        path.chmod(0o555 if path.is_dir() else 0o444)
    temporary = tmp_path / "t"
    temporary.mkdir()
    nowhere = "/proc/nowhere"  # cannot be made, not even by root
    here = {"DANDELION_CACHE": nowhere, "XDG_CACHE_HOME": nowhere, "HOME": nowhere, "TMPDIR": str(temporary)}
    found, count, folder = answer(start(here, house=house))
    assert count > 0
    assert temporary in Path(folder).parents
    assert answer(start(here, house=house)) == (found, 0, folder)
    assert sorted(path for path in house.rglob("*")) == before
    for path in [house, *before]:
        path.chmod(0o755)


def test_somebody_elses_folder_is_passed_over(tmp_path, monkeypatch):
    """What lies in a cache folder is loaded as code."""
    monkeypatch.setenv("DANDELION_CACHE", str(tmp_path / "theirs"))
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "mine"))
    assert tmp_path / "theirs" in compiled.cache_folder().parents
    monkeypatch.setattr(compiled, "_ours", lambda folder: tmp_path / "theirs" not in folder.parents)
    assert tmp_path / "mine" in compiled.cache_folder().parents


def test_code_of_other_versions_is_deleted_when_nobody_used_it_for_a_month(tmp_path, monkeypatch):
    monkeypatch.setenv("DANDELION_CACHE", str(tmp_path))
    for name, days in (("kernels-old", 31), ("kernels-young", 29), ("photographs", 400)):
        (tmp_path / name / "inner").mkdir(parents=True)
        (tmp_path / name / "inner" / "file").write_bytes(b"1")
        then = time.time() - days * 86_400
        os.utime(tmp_path / name, (then, then))
    current = compiled.cache_folder()
    assert {path.name for path in tmp_path.iterdir()} == {"kernels-young", "photographs", current.name}


@pytest.mark.parametrize("kept", ["compiled", "found in the cache"])
def test_an_inner_kernel_called_from_python_is_given_an_entry(kept):
    """Compiled for its caller it has none, and a call would crash."""

    @compiled.kernel
    def begin(seeds, visited, queue):
        return spread._start(seeds, visited, queue)

    for start in (begin, spread._start):
        queue = np.zeros(4, np.uint32)
        for _ in range(2):
            assert start(np.array([3, 0, 3]), np.zeros(1, np.uint64), queue) == 2
        assert queue[:2].tolist() == [3, 0]


@pytest.mark.parametrize("way", [compiled.kernel, compiled.borrower, compiled.hot])
def test_every_decorator_compiles_and_gives_llvm_its_level(way):
    seen: list[int] = []
    number = np.uint64(time.time_ns())  # part of the cache's key: never found there

    def own(x):
        return draws.mix(x) + number

    made = way(own)
    with compiled.told(lambda name, _: seen.append(int(compiled.numba.config.OPT)) if name == "own" else None):
        assert made(np.uint64(0)) == number
    assert seen == [3 if way is compiled.hot else 1]
    assert int(compiled.numba.config.OPT) == 3


def test_compiling_is_told_and_kept_under_the_lock(monkeypatch):
    heard: list[tuple[str, int]] = []
    written: list[int] = []

    @contextlib.contextmanager
    def alone():
        written.append(len(heard))
        yield

    monkeypatch.setattr(compiled, "_alone", alone)

    number = np.uint64(time.time_ns())

    @compiled.kernel
    def twice(x):
        return number * draws.mix(x)

    with compiled.told(lambda name, done: heard.append((name, done))):
        assert twice(np.uint64(0)) == 0
    assert heard[0][0] == "twice"
    assert [done for _, done in heard] == sorted(done for _, done in heard)
    assert len(written) == len(heard)
    assert gc.isenabled()
