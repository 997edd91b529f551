"""What a sweep says of itself before it begins: runs, time, memory, disk."""

import re

import pytest

from sim import errors
from sim.results import shelf
from sim.runs import sweep, workers
from tests.runs import toy


def rows(folder):
    return shelf.Shelf.view(folder).table("runs")


def play(folder, **more) -> sweep.Summary:
    return sweep.run(toy.plan(), folder, engine=workers.Threads(2), make=toy.Toy, **more)


def test_what_is_to_come_is_told_before_and_after_the_first_runs(tmp_path):
    told: list[sweep.Estimate] = []
    play(tmp_path, announce=told.append)
    assert [one.seconds is None for one in told] == [False, False]
    assert told[0].runs == told[0].left == 48
    assert 0 < told[0].disk < told[0].free
    assert told[0].memory > 1_000_000 * 4 * 30
    assert "GB of memory" in told[0].sentence
    assert re.match("48 runs to play, about .* s, ", told[0].sentence)


def test_before_the_first_run_the_time_is_that_of_a_setting_tried(tmp_path, monkeypatch):
    """The first setting of a scenario compiles and grows; the last one says what a run costs."""
    clock = [0.0]
    monkeypatch.setattr(sweep.time, "monotonic", lambda: clock[0])

    class Slow(toy.Toy):
        tried = 0

        def __call__(self, task):
            clock[0] += (500.0, 3.0)[self.tried] if self.tried < 2 else 0.0
            self.tried += 1
            return super().__call__(task)

    told: list[sweep.Estimate] = []
    sweep.run(toy.plan(), tmp_path, engine=workers.Threads(2), make=Slow, announce=told.append)
    assert told[0].seconds == pytest.approx(48 * 3.0 / 2 / 2)  # two strategies, two workers
    assert len(rows(tmp_path)) == 42  # of the trial nothing is kept


def test_a_sweep_that_cannot_be_tried_says_so(tmp_path, monkeypatch):
    def broken(self, setting):
        raise errors.UserError("the graph is too small for the cast")

    monkeypatch.setattr(toy.Toy, "setting", broken)
    told: list[sweep.Estimate] = []
    play(tmp_path, announce=told.append)
    assert told[0].seconds is None
    assert "The first runs will show the time" in told[0].sentence


def test_the_time_to_come_counts_set_up_but_not_the_first_task_of_each_worker(tmp_path, monkeypatch):
    """Compiling and growing happen once; what every setting costs before its first run happens all the time."""
    clock = [0.0]
    monkeypatch.setattr(sweep.time, "monotonic", lambda: clock[0])
    told: list[sweep.Estimate] = []

    class Slow:
        jobs = 2

        def play(self, make, recipe, tasks):
            work = make(recipe)
            for number, task in enumerate(tasks):
                clock[0] += 1_000.0 if number < self.jobs else 2.0  # of which the plays themselves take next to nothing
                yield task, work(task)

    sweep.run(toy.plan(), tmp_path, engine=Slow(), make=toy.Toy, announce=told.append)
    runs_a_task = 2  # the first replicate under both strategies
    assert told[1].seconds == pytest.approx(told[1].left * 2.0 / runs_a_task)


def test_a_disk_too_small_is_said_before_anything_is_played(tmp_path, monkeypatch):
    monkeypatch.setattr(sweep, "RUN_BYTES", 10**15)
    monkeypatch.setattr(sweep, "_trial", lambda *_: pytest.fail("a setting was tried"))
    with pytest.raises(errors.EnvironmentFailure, match="MB are free"):
        play(tmp_path, announce=lambda _: None)
    assert rows(tmp_path).empty
