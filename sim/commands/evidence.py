"""The simulator against observed cascades."""

import os
from pathlib import Path
from typing import Annotated

import typer

from sim.commands.options import Jobs, Json, Seed
from sim.errors import UserError


def validate(
    folder: Annotated[Path, typer.Argument(help="Observed cascades: cascades.parquet and events.parquet.")],
    seed: Seed = 1,
    per_root: Annotated[int, typer.Option(min=1, max=100, help="Simulated cascades per observed root.")] = 5,
    jobs: Jobs = None,
    output: Annotated[Path | None, typer.Option("-o", "--output", help="Write validation.html and .json here.")] = None,
    as_json: Json = False,
) -> None:
    """Replay observed Weibo posts and say, target by target, whether the simulator behaves like them."""
    from sim import console
    from sim.fit import validate as validating

    with console.progress_bar() as progress:
        evidence = validating.validate(
            folder,
            seed=seed,
            per_root=per_root,
            threads=jobs or os.cpu_count() or 1,
            progress=lambda done, total: progress("replaying the roots", done, total),
        )
    page = evidence.write(output) if output is not None else None
    if as_json:
        console.print_json(evidence.result)
    else:
        console.targets(evidence.result)
    if page is not None:
        console.tell(f"The page is {page}")


def calibrate(
    what: Annotated[str, typer.Argument(metavar="defaults", help="What to fit: defaults, the shipped response law.")],
    folder: Annotated[Path, typer.Argument(help="Observed cascades: cascades.parquet and events.parquet.")],
    output: Annotated[Path, typer.Option("-o", "--output", help="Keeps the search; continued with --resume.")],
    resume: Annotated[bool, typer.Option(help="Continue an interrupted search.")] = False,
    generations: Annotated[int, typer.Option(min=1, max=1_000, help="Generations of the search.")] = 40,
    seed: Seed = 1,
    jobs: Jobs = None,
) -> None:
    """Fit the response law to observed cascades again: simulated moments, a seeded evolution strategy."""
    from sim import console
    from sim.fit import calibrate as fitting

    if what != "defaults":
        raise UserError(f"calibrate {what!r} is not known; allowed is: calibrate defaults FOLDER -o OUT.")
    with console.progress_bar() as progress:
        fitted = fitting.defaults(
            folder,
            output,
            resume=resume,
            threads=jobs or os.cpu_count() or 1,
            seed=seed,
            generations=generations,
            progress=lambda done, total, loss: progress(f"searching, loss {loss:.3g}", done, total),
        )
    console.facts([(name, f"{value:.4g}") for name, value in fitted.values.items()])
    console.tell(f"Loss {fitted.loss:.4g}, {fitted.passed} targets pass; the search is kept in {output}")
