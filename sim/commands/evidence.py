"""The simulator against observed cascades."""

import enum
import json
import os
from pathlib import Path
from typing import Annotated

import typer

from sim.commands.options import Jobs, Json, Seed
from sim.errors import UserError


class Law(enum.Enum):
    """Laws that observed cascades can be compared with."""

    SHIPPED = "shipped"
    CASCADE = "cascade"
    SIR = "sir"


def validate(
    folder: Annotated[Path, typer.Argument(help="Observed cascades: cascades.parquet and events.parquet.")],
    seed: Seed = 1,
    per_root: Annotated[int, typer.Option(min=1, max=100, help="Simulated cascades per observed root.")] = 5,
    law: Annotated[
        Law,
        typer.Option(help="What is tested: the shipped law, or for comparison a plain model with one rate for all."),
    ] = Law.SHIPPED,
    jobs: Jobs = None,
    output: Annotated[Path | None, typer.Option("-o", "--output", help="Write validation.html and .json here.")] = None,
    as_json: Json = False,
) -> None:
    """Replay observed Weibo posts and say, target by target, whether the simulator behaves like them."""
    from sim import console
    from sim.fit import ablation
    from sim.fit import validate as validating

    with console.progress_bar() as progress:
        evidence = validating.validate(
            folder,
            laws=ablation.named(law.value),
            seed=seed,
            per_root=per_root,
            threads=jobs or os.cpu_count() or 1,
            progress=progress,
        )
    page = evidence.write(output) if output is not None else None
    if as_json:
        console.print_json(evidence.result)
    else:
        console.targets(evidence.result)
    if page is not None:
        console.tell(f"The page is {page}")


def calibrate(
    what: Annotated[
        str,
        typer.Argument(
            metavar="SCENARIO or defaults",
            help="A scenario (file or preset) to fit to your own posts; or the word defaults: the shipped law.",
        ),
    ],
    folder: Annotated[
        Path | None, typer.Argument(help="For defaults: a folder with cascades.parquet and events.parquet.")
    ] = None,
    observed: Annotated[
        Path | None,
        typer.Option(
            help="Your posts (CSV): time, reposts, followers, and where known reads, comments, content; or repost "
            "trees: id, parent, time, followers."
        ),
    ] = None,
    output: Annotated[
        Path | None,
        typer.Option(
            "-o",
            "--output",
            help="Folder for the fitted scenario, the page and the numbers; keeps a search of defaults.",
        ),
    ] = None,
    content: Annotated[str | None, typer.Option(help="The scenario's content that posts without one are of.")] = None,
    resume: Annotated[bool, typer.Option(help="Of defaults: continue an interrupted search.")] = False,
    generations: Annotated[int, typer.Option(min=1, max=1_000, help="Of defaults: at most so many generations.")] = 40,
    half: Annotated[
        int | None, typer.Option(min=0, max=1, help="Of defaults: fit on every other root, test on the others.")
    ] = None,
    seed: Seed = 1,
    jobs: Jobs = None,
    as_json: Json = False,
) -> None:
    """Fit a scenario to your own posts (--observed posts.csv), or the shipped response law to observed cascades."""
    threads = jobs or os.cpu_count() or 1
    if what != "defaults":
        if observed is None or folder is not None:
            raise UserError(
                f"calibrate {what} needs your posts: --observed posts.csv, columns time, reposts, followers (and "
                "reads, comments, content).\n  To fit the shipped response law: calibrate defaults FOLDER -o OUT."
            )
        _own_posts(what, observed, content, output, seed, threads, as_json)
        return
    if folder is None or output is None or observed is not None:
        raise UserError("calibrate defaults needs a folder of observed cascades and -o OUT, and no --observed.")
    _defaults(folder, output, resume, generations, half, seed, threads, as_json)


def _own_posts(
    name: str, observed: Path, content: str | None, output: Path | None, seed: int, threads: int, as_json: bool
) -> None:
    from sim import console
    from sim.fit import own, own_page, posts
    from sim.results import disk
    from sim.scenario import read
    from sim.scenario.schema import Scenario

    path = read.locate(name)
    text = read.text_of(path)
    declared = read.parse(text, Scenario, str(path))
    seen = posts.read(observed)
    with console.progress_bar() as progress:
        fit = own.fit(declared, seen, content=content, seed=seed, threads=threads, progress=progress)
    if output is not None:
        disk.make_folder(output)
        disk.write_whole(output / f"{path.stem}_fitted.toml", fit.text(text).encode())
        disk.write_whole(output / "calibration.html", own_page.render(fit).encode())
        disk.write_whole(output / "calibration.json", (json.dumps(fit.result(), indent=1) + "\n").encode())
    if as_json:
        console.print_json(fit.result())
    else:
        console.fitted(fit.result())
    if output is not None:
        written = output / f"{path.stem}_fitted.toml"
        console.tell(f"The fitted scenario is {written}; {output / 'calibration.html'} opens in a browser.")


def _defaults(
    folder: Path,
    output: Path,
    resume: bool,
    generations: int,
    half: int | None,
    seed: int,
    threads: int,
    as_json: bool,
) -> None:
    from sim import console
    from sim.fit import calibrate as fitting

    with console.progress_bar() as progress:
        fitted = fitting.defaults(
            folder,
            output,
            resume=resume,
            threads=threads,
            seed=seed,
            generations=generations,
            half=half,
            progress=lambda done, total, loss: progress(f"searching, loss {loss:.3g}", done, total),
        )
    if as_json:
        console.print_json(fitted.result())
        return
    console.facts([(name, f"{value:.4g}") for name, value in fitted.values.items()])
    end = "settled" if fitted.settled else "stopped, not settled,"
    other = "" if fitted.tested is None else f", {fitted.tested} on the half it never saw"
    console.tell(
        f"Search {end} after {fitted.generations} generations: loss {fitted.loss:.4g}, {fitted.passed} targets pass"
        f"{other}; kept in {output}"
    )
