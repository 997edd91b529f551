"""Whom to hire, where the answer flips, the best plan."""

import os
from pathlib import Path
from typing import Annotated

import typer

from sim.commands.options import Accounts, Direction, Goal, GraphFile, Jobs, Json, Replicates, ScenarioName, Seed


def choose(
    scenario: ScenarioName,
    budget: Annotated[float, typer.Option(min=0.0, help="RMB for the whole launch, fees included.")],
    candidates: Annotated[
        Path | None,
        typer.Option(help="CSV: name, followers, fee, engagement, fit, must_have, excluded, never_with."),
    ] = None,
    strategy: Annotated[str | None, typer.Option(help="The launch around them (default: the first with KOLs).")] = None,
    goal: Goal = None,
    replicates: Replicates = 32,
    seed: Seed = 1,
    accounts: Accounts = None,
    graph: GraphFile = None,
    direction: Direction = None,
    jobs: Jobs = None,
    as_json: Json = False,
) -> None:
    """Say whom to hire: the KOLs that buy most within --budget, what each is worth, and up to which fee."""
    from sim import console
    from sim.planning import candidates as table
    from sim.planning import roster
    from sim.runs import request

    wanted = request.scenario(scenario, accounts, goal)
    given = None if candidates is None else table.read(candidates)
    with console.progress_bar() as progress:
        chosen = roster.choose(
            wanted,
            budget,
            given,
            graph=request.graph(wanted, graph, direction, jobs, progress, console.tell),
            strategy=strategy,
            seed=seed,
            replicates=replicates,
            jobs=jobs or os.cpu_count() or 1,
            progress=progress,
        )
    if as_json:
        console.print_json(chosen.plain())
    else:
        console.roster(chosen.plain())


def breakeven(
    scenario: ScenarioName,
    a: Annotated[str, typer.Option("--a", help="One strategy.")],
    b: Annotated[str, typer.Option("--b", help="Its rival.")],
    over: Annotated[
        list[str],
        typer.Option(
            help="A knob (employee_participation, kol_fee_factor, response.trust_kol=0.8:1.6); two give a map."
        ),
    ],
    goal: Goal = None,
    replicates: Annotated[int, typer.Option(min=8, help="Matched plays at every value.")] = 32,
    doubt: Annotated[bool, typer.Option(help="Also under plausible assumptions.")] = True,
    seed: Seed = 1,
    accounts: Accounts = None,
    graph: GraphFile = None,
    direction: Direction = None,
    jobs: Jobs = None,
    as_json: Json = False,
) -> None:
    """Say where the answer flips: the value of a knob at which strategy A stops beating strategy B."""
    from sim import console
    from sim.planning import breakeven as finding
    from sim.runs import request

    wanted = request.scenario(scenario, accounts, goal)
    with console.progress_bar() as progress:
        found = finding.breakeven(
            wanted,
            a,
            b,
            over,
            graph=request.graph(wanted, graph, direction, jobs, progress, console.tell),
            seed=seed,
            replicates=replicates,
            doubt=doubt,
            jobs=jobs or os.cpu_count() or 1,
            progress=progress,
        )
    if as_json:
        console.print_json(found)
    else:
        console.flips(found)


def optimise(
    scenario: ScenarioName,
    budget: Annotated[float, typer.Option(min=0.0, help="RMB for the whole launch.")],
    goal: Goal = None,
    target: Annotated[
        float | None, typer.Option(help="What the goal should reach: says the chance of missing it.")
    ] = None,
    plans: Annotated[int, typer.Option(min=1, help="Plans that the search plays.")] = 80,
    replicates: Replicates = 32,
    seed: Seed = 1,
    accounts: Accounts = None,
    graph: GraphFile = None,
    direction: Direction = None,
    jobs: Jobs = None,
    as_json: Json = False,
) -> None:
    """Search the plan that does most for --budget: who gets how much, how often, when."""
    from sim import console
    from sim.planning import optimise as searching
    from sim.runs import request

    wanted = request.scenario(scenario, accounts, goal)
    with console.progress_bar() as progress:
        found = searching.optimise(
            wanted,
            goal,
            budget,
            graph=request.graph(wanted, graph, direction, jobs, progress, console.tell),
            target=target,
            plans=plans,
            replicates=replicates,
            seed=seed,
            jobs=jobs or os.cpu_count() or 1,
            progress=progress,
        )
    if as_json:
        console.print_json(found)
    else:
        console.front(found)
