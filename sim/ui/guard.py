"""The guard before the app: foreign pages, foreign names, strangers and oversized requests stop here.

A websocket is not bound by the same-origin policy, so any page open in the
user's browser could start work on a local server; a name that resolves to
127.0.0.1 (DNS rebinding) makes a foreign page look local.  Hence both headers
are checked: Host must be a name this server goes by, Origin must equal it.
"""

import base64
import binascii
import hashlib
import hmac
import ipaddress
import secrets
import time
from collections.abc import Awaitable, Callable, Iterable, MutableMapping
from typing import Any
from urllib.parse import urlsplit

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]
App = Callable[[Scope, Receive, Send], Awaitable[None]]

LOOPBACK = frozenset({"localhost", "127.0.0.1", "[::1]"})
COOKIE = "dandelion-key"
LARGEST_BODY = 1_000_000
LONGEST_QUERY = 8_000
FORBIDDEN = ("/resourcez", "/_solara/api/evict")
DROPPED = frozenset(
    {b"script-name", b"x-script-name", b"x-forwarded-host", b"x-forwarded-proto", b"x-forwarded-prefix"}
)
"""Headers from which Solara would take its own address; only a proxy in front may set them, and then on purpose."""

HEADERS = (
    (b"x-content-type-options", b"nosniff"),
    (b"referrer-policy", b"no-referrer"),
    (b"x-frame-options", b"DENY"),
    (
        b"content-security-policy",
        # Vue compiles templates in the page and anywidget loads its module from a blob; nothing comes from elsewhere.
        b"default-src 'self' blob: data: 'unsafe-inline' 'unsafe-eval'; connect-src 'self' blob: data:; "
        b"frame-ancestors 'none'; base-uri 'self'; form-action 'self'; object-src 'none'",
    ),
)


class Guard:
    """An ASGI app before APP.

    hosts     names beside the loopback ones that Host may be
    any_ip    whether Host may be any IP address (bound to all interfaces)
    password  asked for by HTTP Basic when not empty; the user name does not matter
    exists    whether a path of Solara's asset proxy is at hand; it would ask the network for others
    """

    def __init__(
        self,
        app: App,
        hosts: Iterable[str] = (),
        any_ip: bool = False,
        password: str = "",
        exists: Callable[[str], bool] = lambda _: True,
    ) -> None:
        self.app = app
        self.hosts = LOOPBACK | {host.lower() for host in hosts}
        self.any_ip = any_ip
        self.password = password
        self.exists = exists
        self._salt = secrets.token_bytes(16)
        self._heard = time.monotonic()

    def silence(self) -> float:
        """Seconds since a page last said something."""
        return time.monotonic() - self._heard

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] not in ("http", "websocket"):
            await self.app(scope, receive, send)
            return
        headers = _headers(scope)
        refusal = self.refusal(scope, headers)
        if refusal is not None:
            await _refuse(scope, receive, send, *refusal)
            return
        scope["headers"] = [(name, value) for name, value in scope["headers"] if name.lower() not in DROPPED]
        extra = list(HEADERS)
        if self.password and self._knows(headers.get("authorization", "")):
            extra.append((b"set-cookie", f"{COOKIE}={self._key()}; HttpOnly; SameSite=Strict; Path=/".encode()))

        async def adding(message: MutableMapping[str, Any]) -> None:
            if message["type"] == "http.response.start":
                message["headers"] = [*message.get("headers", []), *extra]
            await send(message)

        async def hearing() -> MutableMapping[str, Any]:
            message = await receive()
            self._heard = time.monotonic()
            return message

        await self.app(scope, hearing, adding)

    def refusal(self, scope: Scope, headers: dict[str, str]) -> tuple[int, str] | None:
        """Status and reason when the request must not pass."""
        host = headers.get("host", "")
        if not self.known(host):
            return 403, "This server does not go by that name."
        origin = headers.get("origin")
        if scope["type"] == "websocket" and origin is None:
            return 403, "A websocket must say where it comes from."
        if origin is not None and _site(origin) != host.lower():
            return 403, "Requests from other sites are refused."
        if len(scope.get("query_string", b"")) > LONGEST_QUERY:
            return 414, "The address is too long."
        length = headers.get("content-length", "0")
        if (
            not (length.isdecimal() and len(length) < 19)
            or int(length) > LARGEST_BODY
            or "transfer-encoding" in headers
        ):
            return 413, "The request is too large."
        path = scope.get("path", "")
        if path.startswith(FORBIDDEN) or (path.startswith("/_solara/cdn/") and not self.exists(path)):
            return 404, "Not found."
        if self.password and not (self._knows(headers.get("authorization", "")) or self._carries(headers)):
            return 401, "A password is needed."
        return None

    def known(self, host: str) -> bool:
        """Whether this server goes by HOST (with or without a port)."""
        name = host.lower()
        if not name.endswith("]"):
            name = name.rsplit(":", 1)[0] if ":" in name else name
        if name in self.hosts:
            return True
        if not self.any_ip:
            return False
        try:
            ipaddress.ip_address(name.strip("[]"))
        except ValueError:
            return False
        return True

    def _knows(self, authorization: str) -> bool:
        kind, _, coded = authorization.partition(" ")
        if kind.lower() != "basic":
            return False
        try:
            given = base64.b64decode(coded, validate=True).partition(b":")[2]
        except (binascii.Error, ValueError):
            return False
        return hmac.compare_digest(given, self.password.encode())

    def _key(self) -> str:
        return hmac.new(self._salt, self.password.encode(), hashlib.sha256).hexdigest()

    def _carries(self, headers: dict[str, str]) -> bool:
        for part in headers.get("cookie", "").split(";"):
            name, _, value = part.strip().partition("=")
            if name == COOKIE:
                return hmac.compare_digest(value.encode(), self._key().encode())
        return False


def _site(origin: str) -> str | None:
    """The host (and port) of ORIGIN; None where it is no address."""
    try:
        return urlsplit(origin).netloc.lower()
    except ValueError:
        return None


def _headers(scope: Scope) -> dict[str, str]:
    return {name.decode("latin-1").lower(): value.decode("latin-1") for name, value in scope["headers"]}


async def _refuse(scope: Scope, receive: Receive, send: Send, status: int, reason: str) -> None:
    if scope["type"] == "websocket":
        await receive()
        await send({"type": "websocket.close", "code": 1008, "reason": reason})
        return
    headers = [(b"content-type", b"text/plain; charset=utf-8"), (b"connection", b"close"), *HEADERS]
    if status == 401:
        headers.append((b"www-authenticate", b'Basic realm="Dandelion", charset="UTF-8"'))
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": reason.encode()})
