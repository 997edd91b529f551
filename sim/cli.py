"""The command line: parse, call, print."""

import os
import signal
import sys
from pathlib import Path
from types import FrameType
from typing import Annotated, Literal

import typer

from sim.errors import EnvironmentFailure, UserError

app = typer.Typer(
    help="Rehearse a microblog launch before paying for it.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)
graph_app = typer.Typer(help="Follower graphs in and out.", no_args_is_help=True, rich_markup_mode=None)
app.add_typer(graph_app, name="graph")

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


@app.command()
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


@app.command()
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


@app.command()
def check(scenario: ScenarioName, accounts: Accounts = None, as_json: Json = False) -> None:
    """Say whether SCENARIO can run: errors, warnings, spend, expected time and memory, what is installed."""
    from sim import console
    from sim.runs import health, request

    found = health.health(request.scenario(scenario, accounts))
    if as_json:
        console.print_json(found)
    else:
        console.health(found)
    if found["errors"]:
        raise typer.Exit(2)


@app.command()
def schema() -> None:
    """Print the JSON schema of scenario files: every parameter with range, unit, default, meaning and evidence."""
    from sim import console
    from sim.scenario import evidence
    from sim.scenario.schema import Scenario

    console.print_json(evidence.describe(Scenario))


@app.command()
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


@app.command()
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


@app.command()
def sweep(
    design: Annotated[str, typer.Argument(metavar="DESIGN", help="A sweep design (TOML) or the name of a preset.")],
    output: Annotated[Path, typer.Option("-o", "--output", help="Result folder.")] = Path("out"),
    resume: Annotated[bool, typer.Option(help="Continue an interrupted sweep.")] = False,
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


@app.command()
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


@app.command()
def query(
    folder: Annotated[Path, typer.Argument(help="A result folder.")],
    sql: Annotated[str, typer.Argument(help='One SELECT over runs, curves, design, failures: "select ... from runs".')],
    as_csv: Annotated[bool, typer.Option("--csv", help="Print CSV instead of a table.")] = False,
) -> None:
    """Ask a result folder a question in SQL (read-only, DuckDB)."""
    from sim import console
    from sim.results import query as asking

    console.frame(asking.query(folder, sql), as_csv)


@app.command()
def report(folder: Annotated[Path, typer.Argument(help="A result folder.")]) -> None:
    """Write FOLDER's report.html: findings as sentences, charts, how to repeat it."""
    from sim import console
    from sim.runs import publish

    console.out.print(f"The report is {publish.publish(folder)}")


@app.command()
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


@graph_app.command("make")
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


@graph_app.command("info")
def graph_info(
    path: Annotated[Path, typer.Argument(help="A graph folder or file.")],
    direction: Direction = None,
    as_json: Json = False,
) -> None:
    """Describe a follower graph: sizes, tail, reciprocity, closure, and what its file had too much."""
    from sim import console
    from sim.graph import describe

    found = describe.info(path, direction)
    if as_json:
        console.print_json(found)
    else:
        console.facts(describe.words(found))


@graph_app.command("convert")
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


class Terminated(BaseException):
    """SIGTERM arrived."""


def _terminate(_number: int, _frame: FrameType | None) -> None:
    raise Terminated


def main() -> None:
    """Run the command with the contract's exit codes: 2 input, 3 environment, 130 Ctrl-C, 143 SIGTERM."""
    signal.signal(signal.SIGTERM, _terminate)
    sys.exit(_run())


def _run() -> int:
    try:
        code = app(prog_name="dandelion", standalone_mode=False)
        sys.stdout.flush()
        return code if isinstance(code, int) else 0
    except UserError as problem:
        return _say(problem, 2)
    except EnvironmentFailure as problem:
        return _say(problem, 3)
    except (typer.Abort, KeyboardInterrupt):
        return _say("interrupted; nothing half-written was left.", 130)
    except Terminated:
        return _say("terminated; nothing half-written was left.", 143)
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except Exception as problem:
        # A wrong option or argument: typer's own exceptions know how to show themselves.
        if not (hasattr(problem, "show") and hasattr(problem, "exit_code")):
            raise
        problem.show()
        return int(problem.exit_code)


def _say(problem: object, code: int) -> int:
    print(f"dandelion: {problem}", file=sys.stderr)
    return code
