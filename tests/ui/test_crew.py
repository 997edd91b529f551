"""The processes behind the page: the same bits as the command line, a stop that holds, nobody left behind."""

import os
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from sim.errors import EnvironmentFailure, UserError
from sim.runs import compare
from sim.runs.findings import findings
from sim.scenario import read
from sim.scenario.schema import Scenario
from sim.ui import desk, rehearsal
from sim.ui.crew import Crew, WorkFailed
from sim.ui.state import Found, Inputs, Order
from tests.browser import visitor
from tests.ui import tasks


@pytest.fixture(scope="module")
def crew() -> Iterator[Crew]:
    visitor.warm()
    made = Crew(3)
    yield made
    made.close()


def gone(process: int) -> bool:
    """Whether PROCESS has ended, within a while."""
    for _ in range(200):
        try:
            if Path(f"/proc/{process}/stat").read_text().rsplit(")", 1)[1].split()[0] == "Z":
                return True
            os.kill(process, 0)
        except OSError:
            return True
        time.sleep(0.1)
    return False


def test_a_task_is_played_elsewhere_reports_and_the_process_is_used_again(crew):
    heard: list[Any] = []
    first, value = crew.play(tasks.echo, {"a": [1.5]}, report=heard.append)
    assert value == {"a": [1.5]}
    assert first != os.getpid()
    assert heard == ["heard"]
    assert crew.play(tasks.echo, None)[0] == first


def test_what_is_wrong_is_said_as_the_task_said_it(crew):
    process = crew.play(tasks.echo, None)[0]
    with pytest.raises(UserError, match="days = -1"):
        crew.play(tasks.wrong, "user")
    with pytest.raises(WorkFailed, match="ZeroDivisionError: by nought"):
        crew.play(tasks.wrong, "else")
    assert crew.play(tasks.echo, None)[0] == process, "a task that failed costs no process"


def test_a_process_that_dies_is_told_and_replaced(crew):
    process = crew.play(tasks.echo, None)[0]
    with pytest.raises(EnvironmentFailure, match="exit code 3"):
        crew.play(tasks.wrong, "dies")
    assert process not in crew.numbers()
    assert crew.play(tasks.echo, 1)[1] == 1


@pytest.mark.parametrize("work", [tasks.patient, tasks.deaf])
def test_a_stop_holds_also_for_a_task_that_does_not_listen(crew, work):
    cancel = threading.Event()
    with pytest.raises(compare.CancelledError):
        crew.play(work, report=lambda _: cancel.set(), cancel=cancel)
    assert crew.play(tasks.echo, 2)[1] == 2


def test_nobody_computes_after_the_crew_is_closed():
    crew = Crew(2)
    crew.ready()
    folder, processes = crew.folder, crew.numbers()
    assert folder.is_dir()
    assert len(processes) == 1
    crew.close()
    assert all(gone(process) for process in processes)
    assert not folder.exists()


def test_a_server_that_is_killed_leaves_nobody_behind():
    """Not even when it had no time to say so: the processes see their input end."""
    code = (
        "import time; from sim.ui.crew import Crew; crew = Crew(1); crew.ready();"
        "print(crew.numbers()[0], crew.folder, flush=True); time.sleep(600)"
    )
    server = subprocess.Popen([sys.executable, "-c", code], cwd=visitor.HOUSE, stdout=subprocess.PIPE, text=True)
    assert server.stdout is not None
    process, folder = server.stdout.readline().split()
    server.kill()
    server.wait(20)
    server.stdout.close()
    assert gone(int(process))
    assert not Path(folder).exists()


def test_the_app_gives_the_bits_of_the_command_line():
    """First look and final answer, computed in a process on a graph mapped from disk, are those of `compare`."""
    visitor.warm()
    scenario = read.parse(visitor.SMALL.replace("8_000", "110_000"), Scenario)
    shown: list[Found] = []
    rehearsal.rehearse(Order(Inputs("small", scenario, scenario, seed=5)), lambda _: None, shown.append)
    assert [found.final for found in shown] == [False, True]
    for found, played, replicates in (
        (shown[0], scenario.with_accounts(100_000), rehearsal.QUICK_REPLICATES),
        (shown[1], scenario, None),
    ):
        plain = compare.compare(played, seed=5, replicates=replicates, max_seconds=120.0, jobs=1)
        pd.testing.assert_frame_equal(found.comparison.outcomes, plain.outcomes, check_exact=True)
        there, here = findings(plain), dict(found.findings)
        assert {**there, "seconds": 0} == {**here, "seconds": 0}
    assert desk.DESK.busy == 0
