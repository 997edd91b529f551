"""Options that several commands share."""

from pathlib import Path
from typing import Annotated

import typer

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
Replicates = Annotated[int, typer.Option(min=2, help="Matched plays behind every number.")]
