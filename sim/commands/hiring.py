"""Whom to hire, where the answer flips, the best plan, what goes wrong, the best of many."""

from pathlib import Path
from typing import Annotated, Any

import typer

from sim.commands import options
from sim.commands.options import Asked

Mishaps = Annotated[bool, typer.Option(help="Also with no-shows, late and deleted posts, scandals, crowded hours.")]
Rough = Annotated[bool, typer.Option("--mishaps", help="Play with what goes wrong: [mishaps], or its defaults.")]
Target = Annotated[float | None, typer.Option(help="What the goal should reach: says the chance of missing it.")]
Strategies = Annotated[str | None, typer.Option(help="Only these, separated by commas (default: all that are ranked).")]


@options.planning(replicates=32)
def choose(
    asked: Asked,
    budget: Annotated[float, typer.Option(min=0.0, help="RMB for the whole launch, fees included.")],
    candidates: Annotated[
        Path | None,
        typer.Option(
            help="CSV: name, followers, fee, engagement, fit, segments, overlap, must_have, excluded, never_with."
        ),
    ] = None,
    strategy: Annotated[str | None, typer.Option(help="The launch around them (default: the first with KOLs).")] = None,
    target: Target = None,
    margin: Annotated[
        float | None,
        typer.Option(help="Race the finalists: the roster is within this share of the best of them, 95% sure."),
    ] = None,
    mishaps: Mishaps = True,
) -> None:
    """Say whom to hire: the KOLs that buy most within --budget, what each is worth, and up to which fee."""
    from sim.commands import answers
    from sim.planning import candidates as table
    from sim.planning import roster

    wanted = asked.wanted()
    given = None if candidates is None else table.read(candidates)

    def play(**how: Any) -> dict[str, Any]:
        how |= {"strategy": strategy, "target": target, "margin": margin, "risky": mishaps}
        return roster.choose(wanted, budget, given, **how).plain()

    asked.answer(wanted, play, answers.roster)


@options.planning(replicates=32, fewest=8)
def breakeven(
    asked: Asked,
    a: Annotated[str, typer.Option("--a", help="One strategy.")],
    b: Annotated[str, typer.Option("--b", help="Its rival.")],
    over: Annotated[
        list[str],
        typer.Option(
            help="A knob (employee_participation, kol_fee_factor, response.trust_kol=0.8:1.6); two give a map."
        ),
    ],
    doubt: Annotated[bool, typer.Option(help="Also under plausible assumptions.")] = True,
    mishaps: Rough = False,
) -> None:
    """Say where the answer flips: the value of a knob at which strategy A stops beating strategy B."""
    from sim.commands import answers
    from sim.planning import breakeven as finding

    wanted = asked.wanted(mishaps)

    def play(**how: Any) -> dict[str, Any]:
        return finding.breakeven(wanted, a, b, over, doubt=doubt, **how)

    asked.answer(wanted, play, answers.flips)


@options.planning(replicates=32)
def optimise(
    asked: Asked,
    budget: Annotated[float, typer.Option(min=0.0, help="RMB for the whole launch.")],
    target: Target = None,
    plans: Annotated[int, typer.Option(min=1, help="Plans that the search plays.")] = 80,
    mishaps: Mishaps = True,
) -> None:
    """Search the plan that does most for --budget: who gets how much, how often, when."""
    from sim.commands import answers
    from sim.planning import optimise as searching

    wanted = asked.wanted()

    def play(**how: Any) -> dict[str, Any]:
        return searching.optimise(wanted, None, budget, target=target, plans=plans, risky=mishaps, **how)

    asked.answer(wanted, play, answers.front)


@options.planning(replicates=64)
def risk(asked: Asked, strategies: Strategies = None, target: Target = None) -> None:
    """Say what a launch is worth when things go wrong, which mishap costs most, and on whom it hangs."""
    from sim.commands import answers
    from sim.planning import risk as judging
    from sim.runs import request

    wanted = asked.wanted()

    def play(**how: Any) -> dict[str, Any]:
        return judging.risk(wanted, request.names(strategies), target=target, **how)

    asked.answer(wanted, play, answers.trouble)


@options.planning(replicates=1_600, fewest=48)
def select(
    asked: Asked,
    strategies: Strategies = None,
    margin: Annotated[float, typer.Option(help="Differences below this share of the leader's mean do not matter.")] = (
        0.02
    ),
    error: Annotated[float, typer.Option(help="Chance allowed of a winner that is not within the margin.")] = 0.05,
    mishaps: Rough = False,
) -> None:
    """Pick the best of many strategies with a stated error; who is clearly behind is played no further."""
    from sim.commands import answers
    from sim.planning import race
    from sim.runs import request

    wanted = asked.wanted(mishaps)

    def play(replicates: int, **how: Any) -> dict[str, Any]:
        names = request.names(strategies)
        return race.select(wanted, names, margin=margin, error=error, most=replicates, **how)

    asked.answer(wanted, play, answers.selection)
