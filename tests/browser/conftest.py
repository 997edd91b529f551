"""A server on a free loopback port, a page whose every request is watched, screenshots of what was seen."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

from tests.browser import visitor

FLAGS = (
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)


@pytest.fixture(scope="session")
def results(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder the app may read results from."""
    return tmp_path_factory.mktemp("results")


@pytest.fixture(scope="session")
def server(results: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of the app."""
    log = tmp_path_factory.mktemp("server") / "log.txt"
    process, address = visitor.start({"DANDELION_RESULTS": str(results), "DANDELION_PASSWORD": ""}, log)
    yield address
    visitor.stop(process)
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

    def opened(query: str = "", into: Any = None, bar: bool = True) -> Any:
        page = (into or context).new_page()
        page.set_default_timeout(visitor.PATIENCE)
        watched.watch(page)
        page.goto(server + "/" + query)
        if bar:
            page.wait_for_selector(".dl-bar")
        return page

    yield opened
    assert watched.wrong == []


@pytest.fixture
def small(visit: Callable[..., Any]) -> Any:
    """The app with the small scenario opened from a file."""
    page = visit()
    visitor.upload(page, visitor.SMALL, "small.toml")
    page.wait_for_selector("text=A scenario that runs in a second.")
    return page
