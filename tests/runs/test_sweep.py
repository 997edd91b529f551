"""Sweeps: nothing computed is lost, any engine gives the same bits, whatever is killed."""

import os
import pickle
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import pandas as pd
import pytest

from sim import errors
from sim.graph import files
from sim.graph.follower_graph import FollowerGraph
from sim.results import shelf, sweep_page
from sim.runs import compare, design, stages, sweep, workers
from tests.runs import toy


def rows(folder) -> pd.DataFrame:
    return shelf.Shelf.view(folder).table("runs").sort_values("run_id", ignore_index=True)


def hourly(folder) -> pd.DataFrame:
    found = shelf.Shelf.view(folder).table("curves")
    return found.sort_values(["run_id", "hour"], ignore_index=True)


def same(one, other) -> None:
    assert len(rows(one)) > 0
    pd.testing.assert_frame_equal(rows(one), rows(other), check_exact=True, check_categorical=False)
    pd.testing.assert_frame_equal(hourly(one), hourly(other), check_exact=True, check_categorical=False)
    first, second = (shelf.Shelf.view(folder).failures() for folder in (one, other))
    pd.testing.assert_frame_equal(first.drop(columns="trace"), second.drop(columns="trace"))


def play(folder, plan=None, **more) -> sweep.Summary:
    return sweep.run(plan or toy.plan(), folder, engine=workers.Threads(2), make=toy.Toy, **more)


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory):
    folder = tmp_path_factory.mktemp("sweep") / "out"
    summary = play(folder)
    assert (summary.runs, summary.played, summary.failed) == (48, 48, 6)
    return folder


def test_every_run_is_a_row_or_a_failure(undisturbed):
    frame = shelf.open(undisturbed)
    assert len(frame) == 42
    assert frame["run_id"].is_unique
    assert set(frame["response.repost_rate"]) == set(toy.RATES)
    failed = shelf.Shelf.view(undisturbed).failures()
    assert set(failed["error"]) == {"ValueError: no control at this rate"}
    assert "in play" in failed["trace"].iloc[0]
    assert (undisturbed / "failures.parquet").exists()


def test_settings_and_strategies_meet_the_same_luck(undisturbed):
    by_replicate = shelf.open(undisturbed).groupby("replicate")["seed"]
    assert (by_replicate.nunique() == 1).all()
    assert by_replicate.first().nunique() == 6


def test_runs_are_interleaved_so_that_an_early_stop_is_balanced():
    plan = toy.plan(replicates=9)
    counted: dict[str, int] = dict.fromkeys((setting.setting_id for setting in plan.settings), 0)
    for run in plan.runs():
        counted[run.setting.setting_id] += 1
        assert max(counted.values()) <= 2 * min(counted.values()) + 2 * 2
    assert len(plan) == sum(counted.values()) == 72


@pytest.mark.parametrize("stop", [KeyboardInterrupt, SystemExit, MemoryError])
def test_interrupted_anywhere_and_resumed_gives_the_same_rows(tmp_path, undisturbed, stop):
    after = [3, 20]

    def progress(_text, done, _total):
        if after and done >= after[0]:
            after.pop(0)
            raise stop

    for _ in range(2):
        with pytest.raises(stop):
            play(tmp_path, progress=progress, resume=True)
    kept = len(rows(tmp_path))
    assert 0 < kept < 48
    summary = play(tmp_path, resume=True)
    assert summary.played == 48 - kept  # the failed ones are tried again
    same(tmp_path, undisturbed)
    assert play(tmp_path, resume=True).played == 6


def test_without_resume_results_are_left_alone(undisturbed):
    with pytest.raises(errors.UserError, match="--resume"):
        play(undisturbed)


def test_another_design_is_refused_with_the_difference(undisturbed):
    knob = {"name": "response.repost_rate", "values": (*toy.RATES, 0.04)}
    with pytest.raises(errors.UserError, match="settings: 4 in the folder, 5 now") as told:
        play(undisturbed, toy.plan(knobs=(knob,)), resume=True)
    assert "design: +values = [0.005, 0.01, 0.02, 0.03, 0.04]" in str(told.value)


def test_replicates_added_later_give_the_rows_of_a_sweep_that_had_them_at_once(tmp_path, undisturbed):
    play(tmp_path / "at_once", toy.plan(replicates=9))
    play(tmp_path / "later", toy.plan(replicates=6))
    same(tmp_path / "later", undisturbed)
    more = toy.plan(replicates=9)
    summary = play(tmp_path / "later", more, resume=True)
    assert summary.played == 4 * 2 * 3 + 6  # the failed ones are tried again
    assert summary.runs == len(more) == 72
    same(tmp_path / "later", tmp_path / "at_once")
    assert len(sweep.reopen(tmp_path / "later")) == 72
    assert "of 72 runs" in sweep_page.page(tmp_path / "later")


def test_replicates_cannot_become_fewer(tmp_path):
    play(tmp_path)
    before = rows(tmp_path)
    with pytest.raises(errors.UserError, match="a sweep of 6 replicates and the design asks for 5"):
        play(tmp_path, toy.plan(replicates=5), resume=True)
    pd.testing.assert_frame_equal(rows(tmp_path), before)
    assert len(sweep.reopen(tmp_path)) == 48


def test_a_failure_that_is_mended_disappears(tmp_path, undisturbed, monkeypatch):
    play(tmp_path)
    monkeypatch.setattr(
        toy.Toy, "setting", lambda self, setting: lambda strategy, replicate, seed: ({"reach": 1.0}, None)
    )
    summary = play(tmp_path, resume=True)
    assert summary.failed == 0
    assert len(rows(tmp_path)) == 48
    assert not (tmp_path / "failures.parquet").exists()


def test_a_setting_that_cannot_be_played_fails_alone(tmp_path, monkeypatch):
    def broken(self, setting):
        if dict(setting.knobs)["response.repost_rate"] == 0.02:
            raise errors.UserError("the graph is too small for the cast")
        return lambda strategy, replicate, seed: ({"reach": 1.0}, None)

    monkeypatch.setattr(toy.Toy, "setting", broken)
    assert play(tmp_path).failed == 12
    assert len(rows(tmp_path)) == 36


def killed(folder, engine: str, replicates: int, kills: int, wait: float, seed: int) -> int:
    """Play the toy sweep in a process of its own and kill it KILLS times; returns the kills that hit."""
    command = [sys.executable, "-m", "tests.runs.toy", str(folder), str(replicates), engine]
    environment = {**os.environ, "DANDELION_TOY_WAIT": str(wait)}
    moments = random.Random(seed)
    hit = 0
    for number in range(kills + 1):
        process = subprocess.Popen(
            command,
            env=environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
            start_new_session=True,
        )
        try:
            if number < kills:
                while not (folder / "runs").exists() and process.poll() is None:
                    time.sleep(0.01)
                time.sleep(moments.uniform(0, 1.2))
                sign = moments.choice([signal.SIGKILL, signal.SIGKILL, signal.SIGTERM, signal.SIGINT])
                hit += process.poll() is None
                if process.poll() is None:
                    process.send_signal(sign)
            output, _ = process.communicate(timeout=120)
        finally:
            if process.poll() is None:
                os.killpg(process.pid, signal.SIGKILL)
    assert output == "finished\n"
    return hit


@pytest.mark.parametrize("kills", [3, pytest.param(50, marks=pytest.mark.long)])
def test_killed_at_random_moments_and_resumed_gives_the_same_rows(tmp_path, kills):
    """SIGKILL, SIGTERM and Ctrl-C of the whole command."""
    replicates = 60 * kills
    play(tmp_path / "calm", toy.plan(replicates))
    hit = killed(tmp_path / "wild", "threads", replicates, kills, wait=0.004, seed=kills)
    assert hit >= kills // 2
    same(tmp_path / "wild", tmp_path / "calm")


def test_a_sweep_over_dask_gives_the_same_bits_although_a_worker_is_killed(tmp_path, undisturbed, monkeypatch):
    """A real scheduler and two worker processes on loopback."""
    distributed = pytest.importorskip("distributed")
    monkeypatch.setenv("DANDELION_TOY_WAIT", "0.05")
    cluster = distributed.LocalCluster(
        n_workers=2, threads_per_worker=1, processes=True, dashboard_address=":0", host="127.0.0.1"
    )
    with cluster, workers.engine("dask", scheduler=cluster.scheduler_address) as engine:
        victims = [worker.process.pid for worker in cluster.workers.values()]

        def progress(_text, done, _total):
            if victims and done > 8:
                os.kill(victims.pop(), signal.SIGKILL)
                victims.clear()

        summary = sweep.run(toy.plan(), tmp_path, engine=engine, make=toy.Toy, progress=progress)
    assert (summary.played, summary.failed) == (48, 6)
    same(tmp_path, undisturbed)


def test_a_scheduler_that_is_not_there_is_an_environment_failure():
    pytest.importorskip("distributed")
    with pytest.raises(errors.EnvironmentFailure, match="No answer"), workers.engine("dask", 1, "tcp://127.0.0.1:9"):
        pass
    with pytest.raises(errors.UserError, match="--engine dask"), workers.engine("threads", 1, "tcp://127.0.0.1:9"):
        pass


def test_workers_of_another_version_are_named(monkeypatch):
    class Client:
        def run(self, function):
            return {"tcp://one:1": function(), "tcp://two:2": {**function(), "numba": "0.1"}}

    with pytest.raises(errors.EnvironmentFailure, match=r"tcp://two:2: numba 0\.1, here"):
        workers._same_versions(Client())


def test_threads_take_only_a_few_tasks_at_a_time():
    taken = []

    def tasks():
        for number in range(100):
            taken.append(number)
            yield number

    results = workers.Threads(2).play(lambda recipe: lambda task: task * recipe, 3, tasks())
    assert next(results)[1] % 3 == 0
    assert len(taken) <= 2 * workers.AHEAD
    assert sorted([task for task, _ in results]) == sorted(set(range(100)) - {0})[: len(taken)] or len(taken) == 100


@pytest.fixture(scope="module")
def real(tmp_path_factory):
    """A small sweep of the real model."""
    plan = design.of(
        design.Sweep(
            scenarios=("nokia_n8",),
            strategies=("control", "celebrity_seeding"),
            replicates=2,
            accounts=20_000,
            curves=True,
            knobs=({"name": "response.repost_rate", "values": (0.005, 0.02)},),
        ),
        {"nokia_n8": toy.read.read("nokia_n8", toy.Scenario).with_accounts(20_000)},
    )
    folder = tmp_path_factory.mktemp("real") / "out"
    with workers.engine("threads", 2) as engine:
        summary = sweep.run(plan, folder, engine=engine)
    assert summary.failed == 0, shelf.Shelf.view(folder).failures()["error"].tolist()
    return plan, folder


def test_the_real_model_answers_the_knob(real):
    _, folder = real
    frame = shelf.open(folder)
    reach = frame[frame["strategy"] == "celebrity_seeding"].groupby("response.repost_rate")["reposts"].mean()
    assert reach[0.02] > reach[0.005] > 0


def test_a_run_played_again_gives_the_same_bits(real):
    _, folder = real
    for run_id in shelf.open(folder)["run_id"]:
        again = sweep.rerun(folder, run_id)
        assert again.different == ()
        assert again.versions == ()
        assert again.before
    with pytest.raises(errors.UserError, match="has no run"):
        sweep.rerun(folder, "nonsense")


def test_the_real_model_over_dask_gives_the_same_bits(real, tmp_path):
    pytest.importorskip("distributed")
    plan, folder = real
    with workers.engine("dask", 2) as engine:
        sweep.run(plan, tmp_path, engine=engine)
    same(tmp_path, folder)


class Weighed(FollowerGraph):
    """A graph that writes down every process it was unpacked in."""

    def __setstate__(self, state):
        self.__dict__.update(state)
        with Path(os.environ["DANDELION_TOY_NOTES"]).open("a") as notes:
            notes.write(f"{os.getpid()}\n")


class Holder(toy.Toy):
    """Plays by hash; its recipe holds a graph."""

    def __init__(self, recipe: stages.Recipe) -> None:
        super().__init__(recipe)
        assert recipe.graph.links == 2


@pytest.fixture
def edge_list(tmp_path):
    path = tmp_path / "links.csv"
    path.write_text("follower,followee\na,b\nc,b\n")
    return path


def test_a_graph_in_memory_travels_once_per_worker_and_never_with_a_task(tmp_path, edge_list, monkeypatch):
    """Two workers play 48 runs one by one; one of them is killed, and its successor gets the graph too."""
    pytest.importorskip("distributed")
    notes = tmp_path / "notes"
    monkeypatch.setenv("DANDELION_TOY_NOTES", str(notes))
    monkeypatch.setenv("DANDELION_TOY_WAIT", "0.05")
    monkeypatch.setattr(sweep, "TASK_SECONDS", 0.0)
    plan = toy.plan(graph=str(edge_list), direction="follows")
    read_once = files.open_graph(edge_list, "follows")[0]
    heavy = Weighed.__new__(Weighed)
    heavy.__dict__.update(read_once.__dict__)
    monkeypatch.setattr(files, "open_graph", lambda *_: (heavy, None))
    tasks = []
    with workers.engine("dask", 2) as engine:
        victims = [worker.process.pid for worker in engine.client.cluster.workers.values()]

        def progress(_text, done, _total):
            tasks.append(done)
            if len(victims) == 2 and done > 8:
                os.kill(victims.pop(), signal.SIGKILL)

        summary = sweep.run(plan, tmp_path / "out", engine=engine, make=Holder, progress=progress)
        alive = len(engine.client.nthreads())
    assert summary.played == 48
    assert len(tasks) > 20
    unpacked = notes.read_text().split()
    assert len(unpacked) == len(set(unpacked))
    assert 2 <= len(unpacked) <= alive + 1
    assert str(os.getpid()) not in unpacked


def test_a_task_weighs_little_whatever_the_graph(edge_list):
    plan = toy.plan(graph=str(edge_list), direction="follows")
    task = stages.Task(plan.settings[0], (("0" * 20, "control", 0),) * 8)
    assert len(pickle.dumps(task)) < 1_000
    assert isinstance(sweep.recipe(plan).graph, FollowerGraph)


def test_a_graph_folder_travels_as_its_path(tmp_path, edge_list):
    files.convert(edge_list, tmp_path / "graph", "follows")
    needed = sweep.recipe(toy.plan(graph=str(tmp_path / "graph")))
    assert needed.graph == str(tmp_path / "graph")
    assert len(pickle.dumps(needed)) < 40_000


def test_a_graph_is_grown_once_for_all_the_tasks_of_a_process(real, monkeypatch):
    plan, _ = real
    grown = []
    grow = compare.grow_graph
    monkeypatch.setattr(compare, "grow_graph", lambda *given: grown.append(1) or grow(*given))
    player = stages.Player(sweep.recipe(plan))
    for run in plan.runs():
        player(stages.Task(run.setting, ((run.run_id(1), run.strategy, run.replicate),)))
    assert len(grown) == 1


def test_a_graph_that_cannot_be_read_leaves_no_folder(tmp_path):
    with pytest.raises(errors.UserError, match="no such file"):
        play(tmp_path / "out", toy.plan(graph=str(tmp_path / "missing.csv"), direction="follows"))
    assert not (tmp_path / "out").exists()


def test_another_scenario_or_version_is_refused_with_the_difference(tmp_path, undisturbed, monkeypatch):
    scenario = toy.read.read("nokia_n8", toy.Scenario)
    other = design.of(toy.plan().sweep, {"nokia_n8": scenario.changed({"budget": 123_456.0})})
    with pytest.raises(errors.UserError, match=r"nokia_n8: \+budget = 123456"):
        play(undisturbed, other, resume=True)
    monkeypatch.setattr(sweep.provenance, "code", lambda: "another")
    with pytest.raises(errors.UserError, match=r"code: \w+ in the folder, another now"):
        play(undisturbed, resume=True)
