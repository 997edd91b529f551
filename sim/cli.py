"""The command `dandelion`: its commands, and the contract's exit codes."""

import os
import signal
import sys
from importlib import metadata
from types import FrameType
from typing import Annotated

import typer

from sim.commands import audiences, batches, calendars, credit, evidence, graphs, hiring, launches, seeding, speed
from sim.errors import EnvironmentFailure, UserError

app = typer.Typer(
    help="Rehearse a microblog launch before paying for it.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)


def _version(asked: bool) -> None:
    if asked:
        print(f"dandelion {metadata.version('dandelion-launch')}")
        raise typer.Exit


@app.callback()
def about(
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Print the version and stop.")
    ] = False,
) -> None:
    """Rehearse a microblog launch before paying for it."""


graph_app = typer.Typer(help="Follower graphs in and out.", no_args_is_help=True, rich_markup_mode=None)
app.add_typer(graph_app, name="graph")
calendar_app = typer.Typer(help="Content calendars in and out.", no_args_is_help=True, rich_markup_mode=None)
app.add_typer(calendar_app, name="calendar")
app.command()(launches.compare)
app.command()(launches.run)
app.command()(launches.check)
app.command()(launches.schema)
app.command()(audiences.audience)
app.command()(launches.ui)
app.command()(hiring.choose)
app.command()(hiring.breakeven)
app.command()(hiring.optimise)
app.command()(hiring.risk)
app.command()(hiring.select)
app.command()(seeding.seeds)
app.command()(credit.attribute)
app.command()(batches.sweep)
app.command()(batches.rerun)
app.command()(batches.query)
app.command()(batches.report)
app.command()(evidence.validate)
app.command()(evidence.calibrate)
app.command()(speed.bench)
graph_app.command("make")(graphs.graph_make)
graph_app.command("info")(graphs.graph_info)
graph_app.command("convert")(graphs.graph_convert)
calendar_app.command("export")(calendars.calendar_export)
calendar_app.command("import")(calendars.calendar_import)


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
        if code == 130:  # typer's answer to Ctrl-C
            raise KeyboardInterrupt
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
