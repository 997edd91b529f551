"""Launches: compare, run, check, schema, and the app."""

from typing import Annotated, Literal

import typer

from sim.commands.options import Accounts, Direction, Goal, GraphFile, Jobs, Json, Output, ScenarioName, Seed


def compare(
    scenario: ScenarioName,
    replicates: Annotated[str, typer.Option(help="A number, or auto: until a leader is clear.")] = "auto",
    max_seconds: Annotated[float | None, typer.Option(min=0.0, help="Stop adding replicates after so long.")] = None,
    strategies: Annotated[str | None, typer.Option(help="Only these, separated by commas.")] = None,
    goal: Goal = None,
    seed: Seed = 1,
    accounts: Accounts = None,
    graph: GraphFile = None,
    direction: Direction = None,
    jobs: Jobs = None,
    output: Output = None,
    as_json: Json = False,
) -> None:
    """Play all strategies of SCENARIO against the same luck: which wins, by how much, how sure."""
    from sim import console
    from sim.runs import compare as comparing
    from sim.runs import findings, keep, request

    number = request.replicates(replicates)
    wanted = request.scenario(scenario, accounts, goal)
    named = comparing.chosen(wanted, request.names(strategies))
    comparing.check_budget(wanted, named)
    with keep.place(output) as draft:
        with console.progress_bar() as progress:
            result = comparing.compare(
                wanted,
                graph=request.graph(wanted, graph, direction, jobs, progress, console.tell),
                strategies=named,
                seed=seed,
                replicates=number,
                max_seconds=max_seconds,
                jobs=jobs,
                progress=progress,
            )
        found = findings.findings(result)
        if draft is not None:
            keep.fill(draft, result, found, graph)
    if as_json:
        console.print_json(found)
    else:
        console.comparison(found)
    if output is not None:
        console.err.print(f"The result folder is {output}; {output / 'report.html'} opens in a browser.")


def run(
    scenario: ScenarioName,
    strategy: Annotated[str, typer.Option(help="The strategy to play.")],
    seed: Seed = 1,
    accounts: Accounts = None,
    graph: GraphFile = None,
    direction: Direction = None,
    jobs: Jobs = None,
    as_json: Json = False,
) -> None:
    """Play one launch once and show it hour by hour."""
    from sim import console
    from sim.runs import compare as comparing
    from sim.runs import play, request

    wanted = request.scenario(scenario, accounts)
    comparing.chosen(wanted, [strategy])
    with console.progress_bar() as progress:
        world = request.graph(wanted, graph, direction, jobs, progress, console.tell)
        course = play.single(wanted, world, strategy, seed)
    if as_json:
        console.print_json(course)
    else:
        console.course(course)


def check(
    scenario: ScenarioName,
    accounts: Accounts = None,
    graph: GraphFile = None,
    direction: Direction = None,
    pilot: Annotated[
        int | None,
        typer.Option(
            min=0, help="Plays of each strategy that look ahead (default: 8 up to a million accounts); 0: none."
        ),
    ] = None,
    seed: Seed = 1,
    jobs: Jobs = None,
    as_json: Json = False,
) -> None:
    """Say whether SCENARIO can run: errors, warnings, spend, expected time and memory, what is installed."""
    from sim import console
    from sim.runs import health, request
    from sim.runs import pilot as piloting

    wanted = request.scenario(scenario, accounts)
    found = health.health(wanted)
    found["pilot"] = None
    if pilot is None:
        pilot = piloting.REPLICATES if found["accounts"] <= piloting.LARGEST else 0
    if (pilot >= 2 or graph is not None) and not found["errors"]:
        with console.progress_bar() as progress:
            world = request.graph(wanted, graph, direction, jobs, progress, console.tell)
            found["warnings"] += piloting.direction_warnings(world)
            if graph is not None:
                factor = 1.0 if world.growth is None else wanted.market / world.base
                found |= {"accounts": world.accounts, "market_factor": factor, "growth_core_seconds": 0.0}
                found |= health.expense(wanted, world.accounts, world.links)
            if pilot >= 2:
                found["pilot"] = piloting.pilot(
                    wanted, world, replicates=pilot, seed=seed, jobs=jobs, progress=progress
                )
                found["warnings"] += found["pilot"].pop("warnings")
    if as_json:
        console.print_json(found)
    else:
        console.health(found)
    if found["errors"]:
        raise typer.Exit(2)


def schema(
    of: Annotated[Literal["scenario", "sweep"], typer.Argument(help="Which file.")] = "scenario",
) -> None:
    """Print the JSON schema of scenario or sweep files: every key with range, unit, default, meaning and evidence."""
    from sim import console
    from sim.runs.design import Sweep
    from sim.scenario import evidence
    from sim.scenario.schema import Scenario

    console.print_json(evidence.describe(Scenario if of == "scenario" else Sweep))


def ui(
    host: Annotated[
        str, typer.Option(help="Address to listen on; other than loopback needs a password.")
    ] = "127.0.0.1",
    port: Annotated[int, typer.Option(min=0, max=65_535, help="Port; 0 takes a free one.")] = 8765,
    allow: Annotated[list[str] | None, typer.Option(help="A further name by which browsers may call this.")] = None,
    browser: Annotated[bool, typer.Option(help="Open the page in a browser.")] = False,
) -> None:
    """Open the planner's app. A password is taken from the environment variable DANDELION_PASSWORD."""
    from sim.ui import server

    server.serve(host, port, allow=tuple(allow or ()), browser=browser)
