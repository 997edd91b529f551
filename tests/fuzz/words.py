"""What stands on a command line, in the environment or in a request: one line that names a place, and what is said."""

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

from sim.errors import UserError
from sim.planning import knobs
from sim.results import metrics
from sim.runs import request
from sim.scenario import read
from sim.scenario.schema import Scenario
from sim.ui import archive, desk, guard, server
from tests.fuzz import mutations
from tests.fuzz.reader import Reader

N8 = read.read("nokia_n8", Scenario)


def knob(text: str) -> knobs.Knob:
    """--over and --turn: a knob that is found can stand at both ends of its range, as a scenario or a refusal."""
    found = knobs.find(N8, text)
    for value in (found.low, found.high):
        found.turn(N8, found.at(value))
    return found


def named(text: str) -> Scenario:
    path = read.locate(text)
    if path.suffix not in (".toml", ""):  # a file of the machine's: not for a test to read
        return N8
    return read.read(text, Scenario)


def results(text: str) -> Any:
    """DANDELION_RESULTS: somewhere else, nowhere, or no place at all."""
    before = os.environ.get(archive.VARIABLE)
    try:
        os.environ[archive.VARIABLE] = "/nowhere/" + text.replace("\0", "").replace("..", "")
        found = archive.folders()
        archive.validation()
    except ValueError as strange:  # what no environment can hold
        if "embedded null" not in str(strange):
            raise
        return []
    finally:
        os.environ.pop(archive.VARIABLE, None)
        if before is not None:
            os.environ[archive.VARIABLE] = before
    assert not found, "results were found where there are none"
    return archive.place(text)


def seats(text: str) -> int:
    found = desk.seats_from(text, 4)
    assert 1 <= found <= 64, "more runs at once than allowed"
    return found


PLACES: dict[str, Callable[[str], Any]] = {
    "over": knob,
    "scenario": named,
    "replicates": request.replicates,
    "strategies": lambda text: [request.strategy(N8, one) for one in request.names(text) or []],
    "goal": lambda text: request.scenario("nokia_n8", goal=text),
    "metric": metrics.metric,
    "runs": seats,
    "results": results,
    "host": server.is_loopback,
}


def option(data: bytes, folder: Path) -> Any:
    """PLACE=TEXT, as an option or a variable of the environment gives it."""
    place, _, text = data.decode("utf-8", "surrogateescape").partition("=")
    return PLACES.get(place, knob)(text)


def asked(data: bytes, folder: Path) -> int:
    """A request before the app: every header may be anything; the guard answers, and never raises."""
    lines = [line.partition(b":") for line in data.split(b"\n")]
    path, _, query = lines[0][0].partition(b"?")
    headers = [(name.strip(), value.strip()) for name, _, value in lines[1:]]
    scope = {
        "type": "http",
        "path": path.decode("latin-1"),
        "query_string": query,
        "headers": headers,
    }
    before = guard.Guard(lambda *_: None, ["planner.example"], True, "a password", lambda _: True)  # type: ignore[arg-type, return-value]
    refused = before.refusal(scope, guard._headers(scope))
    assert refused is None or 400 <= refused[0] < 500, "a status that is no refusal"
    knows = any(value.lower().startswith(b"basic ") or guard.COOKIE.encode() in value for _, value in headers)
    assert refused is not None or knows, "a stranger was let in"
    if refused is not None:
        raise UserError(refused[1])
    return 200


def readers() -> dict[str, Reader]:
    """Readers of options, variables and requests."""
    said = [
        b"over=employee_participation=0.2:0.8", b"over=response.trust_kol=0.8:1.6", b"over=kol_posts",
        b"over=cast.kols.kol_1.fit=0.1:0.5", b"over=strategies.mixed.posts.2.participation=0.1:0.9",
        b"scenario=nokia_n8", b"replicates=40", b"replicates=auto",
        b"strategies=mixed, control", b"goal=orders", b"metric=cost_per_order", b"runs=4",
        b"host=127.0.0.1", b"host=[::1]",
    ]  # fmt: skip
    requests = [
        b"/?page=watch\nhost: localhost:8765\norigin: http://localhost:8765\nauthorization: Basic YTphIHBhc3N3b3Jk\n",
        b"/_solara/cdn/x.js\nhost: 10.0.0.1\ncontent-length: 200\ncookie: a=b; dandelion-key=0123456789abcdef\n"
        b"authorization: Basic OmEgcGFzc3dvcmQ=\n",
        b"/api\nhost: [::1]:8765\norigin: https://[::1]:8765\ncontent-length: 1000000\n"
        b"authorization: basic eDphIHBhc3N3b3Jk\n",
    ]
    return {
        "option": Reader(said, mutations.text, option, 25),
        "request": Reader(requests, mutations.text, asked, 25),
    }
