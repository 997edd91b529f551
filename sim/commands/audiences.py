"""Audiences: who follows whom, in which segments."""

from sim.commands.options import Accounts, Direction, GraphFile, Jobs, Json, ScenarioName


def audience(
    scenario: ScenarioName,
    accounts: Accounts = None,
    graph: GraphFile = None,
    direction: Direction = None,
    jobs: Jobs = None,
    as_json: Json = False,
) -> None:
    """Who follows the cast of SCENARIO: how many, how many care, in which segments, and how far audiences overlap."""
    from sim import console
    from sim.runs import audiences, request

    wanted = request.scenario(scenario, accounts)
    with console.progress_bar() as progress:
        world = request.graph(wanted, graph, direction, jobs, progress, console.tell)
        found = audiences.audiences(wanted, world)
    if as_json:
        console.print_json(found)
    else:
        console.audiences(found)
