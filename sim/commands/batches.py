"""Batches: sweep, one run again, questions, reports."""

from pathlib import Path
from typing import Annotated, Literal

import typer

from sim.commands.options import Jobs, Json


def sweep(
    design: Annotated[str, typer.Argument(metavar="DESIGN", help="A sweep design (TOML) or the name of a preset.")],
    output: Annotated[Path, typer.Option("-o", "--output", help="Result folder.")] = Path("out"),
    resume: Annotated[bool, typer.Option(help="Continue an interrupted sweep, or add replicates.")] = False,
    jobs: Jobs = None,
    engine: Annotated[Literal["threads", "dask"], typer.Option(help="Threads here, or Dask processes.")] = "threads",
    scheduler: Annotated[str | None, typer.Option(help="Address of a running Dask scheduler.")] = None,
) -> None:
    """Run every setting of DESIGN under the same luck and keep every outcome; what is finished is never lost."""
    from sim import console
    from sim.runs import design as designing
    from sim.runs import publish, workers
    from sim.runs import sweep as sweeping

    plan = designing.make(design)
    with workers.engine(engine, jobs, scheduler) as hands, console.progress_bar() as progress:
        summary = sweeping.run(
            plan,
            output,
            engine=hands,
            resume=resume,
            progress=progress,
            announce=lambda estimate: console.tell(estimate.sentence),
        )
    page = publish.publish(output)
    console.out.print(summary.sentence)
    console.tell(f"The report is {page}")
    if summary.failed:
        raise typer.Exit(4)


def rerun(
    folder: Annotated[Path, typer.Argument(help="The folder of a sweep.")],
    run_id: Annotated[str, typer.Argument(help="The run's id, from the column run_id.")],
    as_json: Json = False,
) -> None:
    """Play one run of a sweep again and say whether it gives the same numbers to the last bit."""
    import dataclasses

    from sim import console
    from sim.runs import sweep as sweeping

    again = sweeping.rerun(folder, run_id)
    if as_json:
        console.print_json(dataclasses.asdict(again))
    else:
        console.out.print(again.sentence)
    if again.different:
        raise typer.Exit(4)


def query(
    folder: Annotated[Path, typer.Argument(help="A result folder.")],
    sql: Annotated[str, typer.Argument(help='One SELECT over runs, curves, design, failures: "select ... from runs".')],
    as_csv: Annotated[bool, typer.Option("--csv", help="Print CSV instead of a table.")] = False,
) -> None:
    """Ask a result folder a question in SQL (read-only, DuckDB)."""
    from sim import console
    from sim.results import query as asking

    console.frame(asking.query(folder, sql), as_csv)


def report(folder: Annotated[Path, typer.Argument(help="A result folder.")]) -> None:
    """Write FOLDER's report.html: findings as sentences, charts, how to repeat it."""
    from sim import console
    from sim.runs import publish

    console.out.print(f"The report is {publish.publish(folder)}")
