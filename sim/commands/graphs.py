"""Follower graphs in and out."""

import os
from pathlib import Path
from typing import Annotated

import typer

from sim.commands.options import Direction, Jobs, Json


def graph_make(
    output: Annotated[Path, typer.Option("-o", "--output", help="Folder to grow the graph into.")],
    accounts: Annotated[int, typer.Option(min=2, help="Accounts.")] = 1_000_000,
    mean_followers: Annotated[float, typer.Option(min=0.0, help="Follow links listed per account.")] = 30.0,
    seed: Annotated[int, typer.Option(min=0, help="Names the graph.")] = 1,
    on_demand: Annotated[bool, typer.Option(help="Keep the recipe only; rows are computed when needed.")] = False,
    overwrite: Annotated[bool, typer.Option(help="Replace a graph of that name.")] = False,
    jobs: Jobs = None,
) -> None:
    """Grow a follower graph into a memory-mapped folder; an interrupted one is continued."""
    from sim import console
    from sim.graph import grow
    from sim.kernels import links

    growth = links.Growth(accounts=accounts, mean_followers=mean_followers, seed=seed)
    with console.progress_bar() as progress:
        made = grow.make(
            output,
            growth,
            threads=jobs or os.cpu_count() or 1,
            on_demand=on_demand,
            overwrite=overwrite,
            progress=lambda done, total: progress("growing the follower graph", done, total),
        )
    console.out.print(f"{output}: {made.base:,} accounts, {made.links:,} links")


def graph_info(
    path: Annotated[Path, typer.Argument(help="A graph folder or file.")],
    direction: Direction = None,
    as_json: Json = False,
) -> None:
    """Describe a follower graph: sizes, tail, reciprocity, closure, and what its file had too much."""
    from sim import console
    from sim.graph import describe

    with console.progress_bar() as progress:
        found = describe.info(
            path, direction, lambda done, total: progress("comparing every byte with its checksum", done, total)
        )
    if as_json:
        console.print_json(found)
    else:
        console.facts(describe.words(found))


def graph_convert(
    source: Annotated[Path, typer.Argument(help="A graph folder or file.")],
    destination: Annotated[Path, typer.Argument(help="CSV, Parquet, GraphML, GEXF; without a suffix: a graph folder.")],
    direction: Direction = None,
    write_direction: Annotated[str, typer.Option(help="Columns of a written edge list.")] = "follows",
    overwrite: Annotated[bool, typer.Option(help="Replace the destination.")] = False,
) -> None:
    """Read a follower graph in one format and write it in another."""
    from sim import console
    from sim.graph import files

    made, report = files.convert(source, destination, direction, write_direction=write_direction, overwrite=overwrite)
    if report is not None:
        for line in report.lines():
            console.tell(line)
    console.out.print(f"{destination}: {made.accounts:,} accounts, {made.links:,} links")
