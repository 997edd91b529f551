"""The guard, asked as an ASGI app: what a browser, a stranger or a foreign page would send."""

import asyncio
import base64
import threading
from typing import Any

import pytest

from sim.ui import guard as guard_module
from sim.ui.guard import COOKIE, LARGEST_BODY, Guard


async def inner(scope: Any, receive: Any, send: Any) -> None:
    if scope["type"] == "websocket":
        await receive()
        await send({"type": "websocket.accept"})
        return
    await send({"type": "http.response.start", "status": 200, "headers": []})
    await send({"type": "http.response.body", "body": b"inside"})


def ask(guard: Guard, kind: str = "http", path: str = "/", query: bytes = b"", **headers: str) -> list[dict[str, Any]]:
    sent: list[dict[str, Any]] = []

    async def send(message: Any) -> None:
        sent.append(dict(message))

    async def receive() -> dict[str, Any]:
        return {"type": "websocket.connect"}

    raw = [(name.replace("_", "-").encode(), value.encode()) for name, value in headers.items()]
    request = guard({"type": kind, "path": path, "query_string": query, "headers": raw}, receive, send)
    # a thread of its own: in a worker that has run browser tests, Playwright's loop still runs on this one
    thread = threading.Thread(target=asyncio.run, args=(request,))
    thread.start()
    thread.join()
    return sent


def status(sent: list[dict[str, Any]]) -> int:
    return int(sent[0]["status"])


@pytest.mark.parametrize("host", ["localhost:8765", "127.0.0.1", "127.0.0.1:1", "[::1]:8765", "LOCALHOST"])
def test_loopback_names_pass(host):
    assert status(ask(Guard(inner), host=host)) == 200


@pytest.mark.parametrize(
    "host", ["evil.example", "127.0.0.1.evil.example", "localhost.evil.example:8765", "", "10.0.0.5"]
)
def test_other_names_are_refused(host):
    """DNS rebinding: a foreign name that resolves to this machine."""
    assert status(ask(Guard(inner), host=host)) == 403
    assert ask(Guard(inner), "websocket", host=host, origin=f"http://{host}")[0]["type"] == "websocket.close"


def test_any_address_but_no_name_passes_when_bound_to_all():
    guard = Guard(inner, any_ip=True)
    assert status(ask(guard, host="10.0.0.5:8765")) == 200
    assert status(ask(guard, host="evil.example")) == 403


@pytest.mark.parametrize(
    "origin", ["http://evil.example", "null", "http://localhost:9999", "https://localhost.evil.example"]
)
def test_a_foreign_origin_is_refused_on_both_protocols(origin):
    guard = Guard(inner)
    assert status(ask(guard, host="localhost:8765", origin=origin)) == 403
    closed = ask(guard, "websocket", host="localhost:8765", origin=origin)
    assert closed[0]["type"] == "websocket.close"


def test_our_own_websocket_passes_and_one_without_origin_does_not():
    guard = Guard(inner)
    own = ask(guard, "websocket", host="localhost:8765", origin="http://localhost:8765")
    assert own[0]["type"] == "websocket.accept"
    assert ask(guard, "websocket", host="localhost:8765")[0]["type"] == "websocket.close"


def test_large_requests_stop_before_they_are_read():
    guard = Guard(inner)
    assert status(ask(guard, host="localhost", content_length=str(LARGEST_BODY + 1))) == 413
    assert status(ask(guard, host="localhost", content_length="-5")) == 413
    assert status(ask(guard, host="localhost", transfer_encoding="chunked")) == 413
    assert status(ask(guard, host="localhost", query=b"s=" + b"A" * 9_000)) == 414


def test_paths_that_tell_or_fetch_are_closed():
    guard = Guard(inner, exists=lambda path: path.endswith("known.js"))
    assert status(ask(guard, path="/resourcez", host="localhost")) == 404
    assert status(ask(guard, path="/_solara/cdn/known.js", host="localhost")) == 200
    assert status(ask(guard, path="/_solara/cdn/other@1.0/x.js", host="localhost")) == 404


def test_the_password_is_asked_for_and_kept_in_a_cookie():
    guard = Guard(inner, password="geheim")
    assert status(ask(guard, host="localhost")) == 401
    wrong = "Basic " + base64.b64encode(b"me:other").decode()
    assert status(ask(guard, host="localhost", authorization=wrong)) == 401
    assert status(ask(guard, host="localhost", authorization="Basic ???")) == 401
    right = "Basic " + base64.b64encode(b"me:geheim").decode()
    answer = ask(guard, host="localhost", authorization=right)
    assert status(answer) == 200
    cookie = dict(answer[0]["headers"])[b"set-cookie"].decode()
    assert "HttpOnly" in cookie
    assert "SameSite=Strict" in cookie
    assert "geheim" not in cookie
    key = cookie.split(";")[0]
    opened = ask(guard, "websocket", host="localhost", origin="http://localhost", cookie=key)
    assert opened[0]["type"] == "websocket.accept"
    forged = ask(guard, "websocket", host="localhost", origin="http://localhost", cookie=f"{COOKIE}=0")
    assert forged[0]["type"] == "websocket.close"


def test_headers_that_rewrite_the_address_are_dropped():
    seen: list[Any] = []

    async def looking(scope: Any, receive: Any, send: Any) -> None:
        seen.extend(name for name, _ in scope["headers"])
        await inner(scope, receive, send)

    ask(Guard(looking), host="localhost", x_forwarded_host="evil.example", x_script_name="/evil", accept="*/*")
    assert seen == [b"host", b"accept"]


def test_answers_forbid_other_sources_and_frames():
    headers = dict(ask(Guard(inner), host="localhost")[0]["headers"])
    assert b"default-src 'self'" in headers[b"content-security-policy"]
    assert b"http" not in headers[b"content-security-policy"]
    assert headers[b"x-frame-options"] == b"DENY"


def test_a_word_from_a_page_ends_the_silence(monkeypatch):
    now = [100.0]
    monkeypatch.setattr(guard_module.time, "monotonic", lambda: now[0])
    guard = Guard(inner)
    now[0] = 107.0
    assert guard.silence() == 7.0
    ask(guard, "websocket", host="localhost", origin="http://localhost")
    assert guard.silence() == 0.0
