"""How fast the kernels are."""

from typing import Annotated

import typer

from sim.commands.options import Json, Output


def bench(
    quick: Annotated[bool, typer.Option(help="Fewer and shorter rounds: about two minutes instead of ten.")] = False,
    output: Output = None,
    as_json: Json = False,
) -> None:
    """Measure the spread kernels against every peer that is installed, and all kernels against the memory's bound.

    Ours and a peer run in turn on one thread; their answers must agree within Monte Carlo error (exit 4 if not). Peers
    that exist only as source code stand there with a figure recorded on another machine; absent ones are named. Needs a
    machine that does nothing else. With -o the Markdown, the JSON and a chart (SVG) are written as well.
    """
    import json

    from sim import console
    from sim.bench import measure, table
    from sim.results import disk

    if output is not None:
        disk.make_folder(output)
    with console.progress_bar() as progress:
        found = measure.bench(quick, progress)
    plain = table.plain(found)
    if output is not None:
        measure.keep(found, output, json.dumps(plain, allow_nan=False, indent=1) + "\n")
        console.tell(f"bench.md, bench.json and bench.svg are in {output}")
    if as_json:
        console.print_json(plain)
    else:
        print(table.markdown(found))
    if not all(one.agree for one in found["agreement"]):
        console.tell("Two means differ by more than Monte Carlo error: see DISAGREES in the table.")
        raise typer.Exit(4)
