"""Options that several commands share."""

import functools
import inspect
import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

import typer

from sim.errors import UserError

ScenarioName = Annotated[
    str, typer.Argument(metavar="SCENARIO", help="A scenario file (TOML) or the name of a preset.")
]
Json = Annotated[bool, typer.Option("--json", help="Print one JSON object and nothing else.")]
Seed = Annotated[int, typer.Option(min=0, help="Seed of the luck: the same seed gives the same numbers.")]
Jobs = Annotated[int | None, typer.Option(min=1, help="Threads (default: the cores of this machine).")]
Accounts = Annotated[
    int | None, typer.Option(min=2, help="Simulated accounts; audiences follow as shares of the market.")
]
GraphFile = Annotated[
    Path | None,
    typer.Option("--graph", help="A follower graph of your own: CSV, Parquet, GraphML, GEXF, stored folder."),
]
Direction = Annotated[
    str | None,
    typer.Option(help="What a row of --graph means: follows (follower, followee) or influences (source, target)."),
]
Output = Annotated[Path | None, typer.Option("-o", "--output", help="Write the result folder here.")]
Goal = Annotated[str | None, typer.Option(help="The metric that decides, instead of the scenario's.")]


@dataclass(frozen=True)
class Asked:
    """What the options that every planning command has ask for."""

    command: str
    scenario: str
    goal: str | None
    replicates: int
    seed: int
    accounts: int | None
    graph: Path | None
    direction: str | None
    jobs: int | None
    output: Path | None
    resume: bool
    as_json: bool

    def wanted(self, mishaps: bool = False) -> Any:
        """The scenario (`sim.scenario.schema.Scenario`), with MISHAPS its own or the declared ones."""
        from sim.runs import request

        found = request.scenario(self.scenario, self.accounts, self.goal)
        return found.changed({"mishaps": {}}) if mishaps and found.mishaps is None else found

    def answer(self, wanted: Any, play: Callable[..., dict[str, Any]], table: Callable[[dict[str, Any]], None]) -> Any:
        """PLAY on the graph with everything asked, then print its answer: one JSON object, or TABLE of it.

        With an output folder every finished play is kept there at once, and the answer beside them.
        """
        from sim import console
        from sim.planning import book
        from sim.runs import request

        if self.resume and self.output is None:
            raise UserError("--resume goes on in a folder: name it with -o.")
        keeping = book.kept(self.output, wanted, self.command, self.seed, self.resume, self.graph, self.direction)
        with keeping as plays, console.progress_bar() as progress:
            if plays.found:
                console.tell(f"{plays.found:,} plays are known from {self.output}.")
            found = play(
                graph=request.graph(wanted, self.graph, self.direction, self.jobs, progress, console.tell),
                replicates=self.replicates,
                seed=self.seed,
                jobs=self.jobs or os.cpu_count() or 1,
                progress=progress,
                book=plays,
            )
            plays.answer(found)
        if self.as_json:
            console.print_json(found)
        else:
            table(found)


def planning(replicates: int, fewest: int = 2) -> Callable[[Callable[..., None]], Callable[..., None]]:
    """Give a command the options of `Asked`, declared here once; it gets them as its first argument.

    replicates  how many it plays unless told, at least FEWEST
    """
    kinds: dict[str, Any] = {
        "scenario": ScenarioName,
        "goal": Goal,
        "replicates": Annotated[int, typer.Option(min=fewest, help="Matched plays behind every number.")],
        "seed": Seed,
        "accounts": Accounts,
        "graph": GraphFile,
        "direction": Direction,
        "jobs": Jobs,
        "output": Annotated[
            Path | None, typer.Option("-o", "--output", help="Keep every play here as it ends, and the answer.")
        ],
        "resume": Annotated[bool, typer.Option(help="Go on with the plays that -o holds.")],
        "as_json": Json,
    }
    defaults = {"replicates": replicates, "seed": 1, "resume": False, "as_json": False}

    def dress(command: Callable[..., None]) -> Callable[..., None]:
        own = inspect.signature(command)
        kept = list(own.parameters.values())[1:]
        shared = [
            inspect.Parameter(
                name,
                inspect.Parameter.KEYWORD_ONLY,
                default=inspect.Parameter.empty if name == "scenario" else defaults.get(name),
                annotation=kind,
            )
            for name, kind in kinds.items()
        ]

        @functools.wraps(command)
        def dressed(**given: Any) -> None:
            asked = Asked(command.__name__, **{name: given.pop(name) for name in kinds})
            command(asked, **given)

        every = [shared[0], *(one.replace(kind=inspect.Parameter.KEYWORD_ONLY) for one in kept), *shared[1:]]
        dressed.__signature__ = inspect.Signature(every)  # type: ignore[attr-defined]
        dressed.__annotations__ = {one.name: one.annotation for one in every}
        return dressed

    return dress
