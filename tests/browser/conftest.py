"""A server on a free loopback port, a page whose every request is watched, screenshots of what was seen."""

import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

HOUSE = Path(__file__).resolve().parent.parent.parent
SHOTS = HOUSE / "screenshots"
FLAGS = (
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)

SMALL = """schema_version = 1
name = "small_launch"
title = "A small launch"
about = "A scenario that runs in a second."
start = 2010-08-17T20:00:00+08:00
days = 1
market = 1_000_000
budget = 100_000

[graph]
accounts = 8_000

[cast.brand]
followers = 60_000

[[cast.kols]]
name = "kol_1"
followers = 200_000

[[cast.kols]]
name = "kol_2"
followers = 100_000

[contents.launch]
quality = 4.0

[strategies.control]
title = "Control"
reference = true

[strategies.brand_only]
title = "Brand only"
posts = [{ by = "brand", times = 2, every = 6.0 }]

[strategies.seeding]
title = "Seeding"
posts = [{ by = "brand" }, { by = "kols", at = 0.5 }]
"""


def start(environment: dict[str, str], log: Path) -> tuple[subprocess.Popen[bytes], str]:
    """A server in a process of its own, and its address."""
    code = "import sys; from sim.ui import server; server.serve(port=0, ready=lambda a: print(a, flush=True))"
    with log.open("wb") as errors:
        process = subprocess.Popen(
            [sys.executable, "-c", code],
            cwd=HOUSE,
            env={**os.environ, **environment},
            stdout=subprocess.PIPE,
            stderr=errors,
        )
    line = process.stdout.readline().decode().strip() if process.stdout else ""
    if not line.startswith("http://"):
        process.kill()
        pytest.fail(f"the server did not start: {log.read_text()[-2000:]}")
    return process, line.replace("localhost", "127.0.0.1").rstrip("/")


def stop(process: subprocess.Popen[bytes]) -> None:
    process.terminate()
    try:
        process.wait(10)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait(10)


@pytest.fixture(scope="session")
def results(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder the app may read results from."""
    return tmp_path_factory.mktemp("results")


@pytest.fixture(scope="session")
def server(results: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of the app."""
    log = tmp_path_factory.mktemp("server") / "log.txt"
    process, address = start({"DANDELION_RESULTS": str(results), "DANDELION_PASSWORD": ""}, log)
    yield address
    stop(process)
    assert "Traceback" not in log.read_text(), log.read_text()[-4000:]


@pytest.fixture(scope="session")
def browser_type_launch_args(browser_type_launch_args: dict[str, Any]) -> dict[str, Any]:
    return {**browser_type_launch_args, "args": [*browser_type_launch_args.get("args", []), *FLAGS]}


@pytest.fixture(scope="session")
def browser_context_args(browser_context_args: dict[str, Any]) -> dict[str, Any]:
    return {**browser_context_args, "viewport": {"width": 1280, "height": 900}, "locale": "en-GB", "timezone_id": "UTC"}


class Watched:
    """What went wrong on a page: requests to elsewhere, failed requests, errors in scripts."""

    def __init__(self, address: str) -> None:
        self.place = urlsplit(address).netloc
        self.wrong: list[str] = []

    def watch(self, page: Any) -> None:
        """Note everything that PAGE does wrong from now on."""
        page.on("request", self._request)
        page.on("websocket", lambda socket: self._place(socket.url))
        page.on("requestfailed", lambda request: self.wrong.append(f"failed: {request.url} {request.failure}"))
        page.on("response", self._response)
        page.on("pageerror", lambda error: self.wrong.append(f"page error: {error}"))

    def _request(self, request: Any) -> None:
        self._place(request.url)

    def _response(self, response: Any) -> None:
        if response.status >= 400:
            self.wrong.append(f"{response.status}: {response.url}")

    def _place(self, url: str) -> None:
        parts = urlsplit(url)
        if parts.scheme not in ("data", "blob") and parts.netloc != self.place:
            self.wrong.append(f"external: {url}")


@pytest.fixture
def visit(server: str, context: Any) -> Iterator[Callable[..., Any]]:
    """Opens the app in a new tab; at the end nothing may have gone wrong on any."""
    watched = Watched(server)

    def opened(query: str = "", into: Any = None) -> Any:
        page = (into or context).new_page()
        page.set_default_timeout(30_000)
        watched.watch(page)
        page.goto(server + "/" + query)
        page.wait_for_selector(".dl-bar")
        return page

    yield opened
    assert watched.wrong == []


@pytest.fixture
def small(visit: Callable[..., Any]) -> Any:
    """The app with the small scenario opened from a file."""
    page = visit()
    upload(page, SMALL, "small.toml")
    page.wait_for_selector("text=A scenario that runs in a second.")
    return page


def upload(page: Any, text: str | bytes, name: str) -> None:
    """Give PAGE a file through its file input."""
    raw = text.encode() if isinstance(text, str) else text
    page.set_input_files("input[type=file]", files=[{"name": name, "mimeType": "text/plain", "buffer": raw}])


def run(page: Any) -> None:
    """Press Run and wait for the final answer."""
    page.click(".dl-run")
    page.wait_for_selector(".dl-headline h1", timeout=120_000)
    page.wait_for_selector(".dl-run", timeout=120_000)
    page.wait_for_selector(".dl-stage", state="detached", timeout=30_000)


def shot(page: Any, name: str) -> None:
    """Keep a picture of PAGE in the folder that git does not track."""
    SHOTS.mkdir(exist_ok=True)
    time.sleep(0.3)
    page.screenshot(path=str(SHOTS / f"{name}.png"), full_page=True)
