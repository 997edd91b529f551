"""Seeding a graph of one's own: whose posts reach most, with a guarantee that is checked."""

import os
from pathlib import Path
from typing import Annotated, Any

import typer

from sim.commands.options import Direction, Jobs, Json
from sim.errors import UserError

WEIGHTED = "weighted_cascade"


def seeds(
    graph: Annotated[Path, typer.Argument(help="A follower graph: CSV, Parquet, GraphML, GEXF, stored folder.")],
    number: Annotated[int, typer.Option("-k", "--number", min=1, help="Accounts to choose.")] = 50,
    probability: Annotated[
        str, typer.Option(help="That a link passes on: a number, or weighted_cascade (1 / accounts followed).")
    ] = WEIGHTED,
    epsilon: Annotated[float, typer.Option(help="The choice reaches 1 - 1/e - epsilon of the best possible ...")] = 0.1,
    failure: Annotated[float, typer.Option(help="... but for this probability.")] = 0.01,
    support: Annotated[int, typer.Option(min=1, help="Sets that decide the last account: more are better.")] = 128,
    seed: Annotated[int, typer.Option(min=0, help="Seed of the luck: the same seed gives the same accounts.")] = 1,
    direction: Direction = None,
    jobs: Jobs = None,
    as_json: Json = False,
) -> None:
    """Choose the accounts of GRAPH whose posts reach most people, when every link passes on with a probability."""
    from sim import console
    from sim.commands import answers
    from sim.graph import files
    from sim.planning import seeding

    try:
        chance: Any = probability if probability == WEIGHTED else float(probability)
    except ValueError:
        raise UserError(f"--probability {probability!r}: a number from 0 to 1, or {WEIGHTED}.") from None
    found, report = files.open_graph(graph, direction)
    for line in [] if report is None or report.clean else report.lines():
        console.tell(line)
    how: dict[str, Any] = {"epsilon": epsilon, "failure": failure, "support": support, "seed": seed}
    with console.progress_bar() as progress:
        told = seeding.seeds(found, number, chance, threads=jobs or os.cpu_count() or 1, progress=progress, **how)
    if as_json:
        console.print_json(told)
    else:
        answers.seeding(told)
