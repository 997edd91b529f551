"""The app's server: Solara behind the guard, on loopback unless asked otherwise.

Solara reads its settings from the environment when it is imported, so this
module imports it late.
"""

import importlib
import ipaddress
import os
import socket
import sys
import threading
import webbrowser
from collections.abc import Callable, Sequence
from typing import Any

from sim.errors import EnvironmentFailure, UserError
from sim.ui import desk, garbage

PASSWORD = "DANDELION_PASSWORD"  # the variable's name, not a secret
PORT = 8765
LARGEST_MESSAGE = 4_000_000
TURN = 0.001
"""Seconds after which a thread that renders lets the next one, perhaps a click, have the interpreter."""
SETTINGS = {
    "SOLARA_APP": "sim.ui.page",
    "SOLARA_MODE": "production",
    "SOLARA_ROOT_PATH": "",
    "SOLARA_TELEMETRY_MIXPANEL_ENABLE": "False",
    "SOLARA_THEME_SHOW_BANNER": "False",
    "SOLARA_THEME_TITLE": "Dandelion",
    "SOLARA_THEME_LOADER": "plain",
    "SOLARA_ASSETS_FONTAWESOME_ENABLED": "False",
    "SOLARA_KERNEL_CULL_TIMEOUT": "10m",
    "SOLARA_KERNEL_MAX_PER_SESSION": "40",
}


def is_loopback(host: str) -> bool:
    """Whether HOST can be reached from this machine only."""
    try:
        return ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return host.lower() == "localhost"


def make_app(hosts: Sequence[str] = (), any_ip: bool = False, password: str = "") -> Any:
    """The ASGI app: Solara's, behind the guard."""
    for name, value in SETTINGS.items():
        os.environ.setdefault(name, value)
    os.environ["SOLARA_APP"] = SETTINGS["SOLARA_APP"]
    import solara.server.settings
    import solara.server.starlette

    from sim.ui.guard import Guard

    assets = solara.server.settings.assets.proxy_cache_dir

    def exists(path: str) -> bool:
        wanted = (assets / path.removeprefix("/_solara/cdn/")).resolve()
        return wanted.is_relative_to(assets.resolve()) and wanted.is_file()

    return Guard(solara.server.starlette.app, hosts, any_ip, password, exists)


def bound(host: str, port: int) -> socket.socket:
    """A listening socket, or an EnvironmentFailure that says why not."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listening = socket.socket(family, socket.SOCK_STREAM)
    listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listening.bind((host.strip("[]"), port))
    except (OSError, OverflowError) as problem:
        listening.close()
        raise EnvironmentFailure(
            f"{host}:{port} cannot be used ({problem}). Another server may run there; name another with --port."
        ) from None
    return listening


def serve(
    host: str = "127.0.0.1",
    port: int = PORT,
    *,
    allow: Sequence[str] = (),
    browser: bool = False,
    ready: Callable[[str], None] | None = None,
) -> None:
    """Serve the app until interrupted.

    host     address to listen on; any but a loopback one needs a password
    port     0 takes a free one
    allow    further names by which browsers may call this server
    browser  open the page
    ready    told the address once the server listens; by default it is printed

    The password is read from the environment variable DANDELION_PASSWORD, never from the command line, where other
    users of the machine could see it. DANDELION_RUNS bounds the runs at once, DANDELION_RESULTS names the folder of
    results.  Raises UserError and EnvironmentFailure.
    """
    password = os.environ.get(PASSWORD, "")
    if not is_loopback(host) and not password:
        raise UserError(
            f"--host {host} lets other machines in, and no password is set.\n"
            f"Set the environment variable {PASSWORD} to one, or leave --host away."
        )
    listening = bound(host, port)
    import uvicorn

    everywhere = host in ("0.0.0.0", "::", "[::]")
    names = [*allow, *([] if everywhere else [host]), *([socket.gethostname()] if not is_loopback(host) else [])]
    app = make_app(names, everywhere, password)
    importlib.import_module(SETTINGS["SOLARA_APP"])  # seconds; better before the address is told than at the first page
    listening.listen(128)  # from here on a browser waits instead of failing
    taken = listening.getsockname()[1]
    shown = "localhost" if everywhere or is_loopback(host) else host
    address = f"http://{shown}:{taken}/"
    sys.setswitchinterval(TURN)
    collector = garbage.Collector(app.silence)
    collector.begin()
    desk.CREW.ready()
    config = uvicorn.Config(
        app,
        log_level="warning",
        access_log=False,
        ws_max_size=LARGEST_MESSAGE,
        h11_max_incomplete_event_size=32_768,
        timeout_graceful_shutdown=2,
        proxy_headers=False,
        server_header=False,
        loop="asyncio",
    )
    server = uvicorn.Server(config)
    if ready is not None:
        ready(address)
    else:
        print(f"Dandelion is at {address}  (Ctrl-C stops it)", file=sys.stderr)
    if browser:
        threading.Timer(1.0, webbrowser.open, [address]).start()
    try:
        server.run(sockets=[listening])
    finally:
        listening.close()
        desk.CREW.close()
        collector.end()
