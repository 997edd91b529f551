"""Who plays the tasks: threads of this process, or Dask workers here and elsewhere. Any engine gives the same bits.

An engine takes a recipe and a way to MAKE a worker from it (once per
process), and hands back results in the order in which they are finished.  Only
a few tasks are under way at a time, so memory does not grow with their number.
"""

import contextlib
import logging
import os
import uuid
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent import futures
from typing import Any, Literal, Protocol, TypeVar

from sim import errors
from sim.runs import provenance

RECIPE = TypeVar("RECIPE")
TASK = TypeVar("TASK")
RESULT = TypeVar("RESULT")
Make = Callable[[RECIPE], Callable[[TASK], RESULT]]
EngineName = Literal["threads", "dask"]
AHEAD = 3
"""Tasks under way per worker, so that none waits for the next."""


class Engine(Protocol):
    """Something that plays tasks."""

    jobs: int

    def play(
        self, make: Make[RECIPE, TASK, RESULT], recipe: RECIPE, tasks: Iterable[TASK]
    ) -> Iterator[tuple[TASK, RESULT | BaseException]]:
        """(task, result) as they are finished; an exception in place of a result that no worker could give."""
        ...


@contextlib.contextmanager
def engine(name: EngineName = "threads", jobs: int | None = None, scheduler: str | None = None) -> Iterator[Engine]:
    """The engine to use; SCHEDULER is the address of a running Dask scheduler.

    Raises UserError for a combination that means nothing, EnvironmentFailure
    when Dask is not installed, does not answer, or runs another version.
    """
    jobs = jobs or os.cpu_count() or 1
    if name == "threads":
        if scheduler is not None:
            raise errors.UserError("--scheduler needs --engine dask.")
        yield Threads(jobs)
        return
    if name != "dask":
        raise errors.UserError(f"--engine {name!r} is not known; allowed: threads, dask.")
    with _client(jobs, scheduler) as client:
        yield Dask(client)


class Threads:
    """Threads of this process; the kernels let the interpreter lock go."""

    def __init__(self, jobs: int) -> None:
        self.jobs = jobs

    def play(
        self, make: Make[RECIPE, TASK, RESULT], recipe: RECIPE, tasks: Iterable[TASK]
    ) -> Iterator[tuple[TASK, RESULT | BaseException]]:
        """See `Engine.play`. Interrupted, it hands back what is under way and then raises the interruption."""
        worker = make(recipe)
        waiting = iter(tasks)
        under_way: dict[futures.Future[RESULT], TASK] = {}
        interruption: BaseException | None = None
        executor = futures.ThreadPoolExecutor(self.jobs, thread_name_prefix="play")
        try:
            while True:
                try:
                    while interruption is None and len(under_way) < AHEAD * self.jobs:
                        task = next(waiting, None)
                        if task is None:
                            break
                        under_way[executor.submit(worker, task)] = task
                    if not under_way:
                        break
                    done, _ = futures.wait(under_way, return_when=futures.FIRST_COMPLETED)
                except BaseException as problem:
                    if interruption is not None:
                        raise  # a second Ctrl-C: at once
                    interruption = problem
                    for future in [future for future in under_way if future.cancel()]:
                        del under_way[future]
                    continue
                for future in done:
                    task = under_way.pop(future)
                    yield task, future.exception() or future.result()
        finally:
            executor.shutdown(wait=True, cancel_futures=True)
        if interruption is not None:
            raise interruption


class Dask:
    """Workers of a Dask cluster; a worker that dies is replaced and its tasks are redone."""

    def __init__(self, client: Any) -> None:
        self.client = client
        self.jobs = max(1, sum(client.nthreads().values()))

    def play(
        self, make: Make[RECIPE, TASK, RESULT], recipe: RECIPE, tasks: Iterable[TASK]
    ) -> Iterator[tuple[TASK, RESULT | BaseException]]:
        """See `Engine.play`. The recipe goes once to every worker, also to those that join later."""
        from distributed import CancelledError, as_completed

        token = uuid.uuid4().hex
        plugin = _delivery(token, make, recipe)
        waiting = iter(tasks)
        under_way: dict[str, tuple[Any, TASK]] = {}
        self.client.register_plugin(plugin, name=token)
        finished: Any = as_completed(loop=self.client.loop, raise_errors=False)  # type: ignore[no-untyped-call]
        try:
            while True:
                while len(under_way) < AHEAD * self.jobs:
                    task = next(waiting, None)
                    if task is None:
                        break
                    future = self.client.submit(_execute, token, task, pure=False, retries=0)
                    under_way[future.key] = future, task
                    finished.add(future)
                if not under_way:
                    break
                future = next(finished)
                _, task = under_way.pop(future.key)
                try:
                    result = future.result()
                except (CancelledError, OSError) as problem:
                    raise errors.EnvironmentFailure(
                        f"The Dask scheduler is gone ({problem}). What was finished is safe: start it and use --resume."
                    ) from None
                except Exception as problem:  # what no worker survived
                    result = problem
                future.release()
                yield task, result
        finally:
            with contextlib.suppress(Exception):
                self.client.cancel([future for future, _ in under_way.values()])
                self.client.unregister_worker_plugin(token)


_WORKERS: dict[str, Callable[[Any], Any]] = {}


def _execute(token: str, task: Any) -> Any:
    return _WORKERS[token](task)


def _delivery(token: str, make: Callable[[Any], Callable[[Any], Any]], recipe: Any) -> Any:
    from distributed import WorkerPlugin

    class Delivery(WorkerPlugin):
        """Makes the worker's player when the worker starts, and forgets it at the end."""

        def setup(self, worker: Any) -> None:  # noqa: ARG002 (Dask's signature)
            from sim.runs import workers

            workers.receive(token, make, recipe, code)

        def teardown(self, worker: Any) -> None:  # noqa: ARG002 (Dask's signature)
            from sim.runs import workers

            workers.forget(token)

    code = provenance.code()
    return Delivery()


def receive(token: str, make: Callable[[Any], Callable[[Any], Any]], recipe: Any, code: str) -> None:
    """In a worker: be ready for the tasks of TOKEN. Raises when this worker has other code than the client."""
    if provenance.code() != code:
        raise RuntimeError("this worker runs another version of Dandelion than the client")
    _WORKERS[token] = make(recipe)


def forget(token: str) -> None:
    """In a worker: the sweep is over."""
    _WORKERS.pop(token, None)


@contextlib.contextmanager
def _client(jobs: int, scheduler: str | None) -> Iterator[Any]:
    try:
        import dask
        import distributed
    except ImportError:
        raise errors.EnvironmentFailure('Dask is not installed: pip install "dandelion-launch[dask]".') from None
    logging.getLogger("distributed").setLevel(logging.CRITICAL)
    # Killed workers are an every-day matter on a cluster; only a task that kills ten of them is at fault.
    # Dask remembers its last thousand messages to every worker: with the tasks in them that is memory that grows.
    settings = {
        "distributed.scheduler.allowed-failures": 10,
        "distributed.comm.timeouts.connect": "10s",
        "distributed.admin.low-level-log-length": 10,
    }
    dask.config.set(settings)
    with contextlib.ExitStack() as held:
        try:
            if scheduler is None:
                address: Any = held.enter_context(
                    distributed.LocalCluster(  # type: ignore[no-untyped-call]
                        n_workers=jobs, threads_per_worker=1, processes=True, dashboard_address=":0", host="127.0.0.1"
                    )
                )
            else:
                address = scheduler
            client = held.enter_context(
                distributed.Client(address, set_as_default=False, timeout="5s")  # type: ignore[no-untyped-call]
            )
        except (OSError, ValueError, TimeoutError, RuntimeError) as problem:
            place = "a local Dask cluster" if scheduler is None else f"the Dask scheduler {scheduler}"
            raise errors.EnvironmentFailure(f"No answer from {place}: {problem}.") from None
        if not client.nthreads():
            raise errors.EnvironmentFailure(f"The Dask scheduler {scheduler} has no workers: start some (dask worker).")
        _same_versions(client)
        yield client


def _same_versions(client: Any) -> None:
    """Raise EnvironmentFailure when a worker runs other versions than this process."""
    try:
        found = client.run(_described)
    except ImportError as problem:
        raise errors.EnvironmentFailure(
            f"The Dask workers lack a part of Dandelion ({problem}). Install it there."
        ) from None
    here = _described()
    wrong: Sequence[str] = [
        f"  {worker}: {name} {there.get(name)}, here {here[name]}"
        for worker, there in sorted(found.items())
        for name in here
        if there.get(name) != here[name]
    ]
    if wrong:
        raise errors.EnvironmentFailure("Client and workers run different versions:\n" + "\n".join(wrong[:12]))


def _described() -> dict[str, str | None]:
    names = ("numpy", "numba", "llvmlite", "distributed")
    return {"dandelion": provenance.version() or "checkout", "code": provenance.code()} | {
        name: provenance.version(name) for name in names
    }
