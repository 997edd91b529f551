"""What a hostile page, file, link or name would try."""

import http.client
import socket
from urllib.parse import urlsplit

import pytest
from websockets.sync.client import connect

from tests.browser import visitor

pytestmark = pytest.mark.browser


def get(server: str, path: str, **headers: str) -> tuple[int, bytes]:
    parts = urlsplit(server)
    connection = http.client.HTTPConnection(parts.hostname or "", parts.port or 80, timeout=60)
    connection.putrequest("GET", path, skip_host="Host" in headers)
    for name, value in headers.items():
        connection.putheader(name, value)
    connection.endheaders()
    answer = connection.getresponse()
    body = answer.read()
    connection.close()
    return answer.status, body


def test_a_foreign_page_gets_no_websocket_and_no_page(server):
    place = urlsplit(server).netloc
    address = f"ws://{place}/jupyter/api/kernels/abc/channels?session_id=xyz"
    for origin in ("http://evil.example", None):
        with pytest.raises(Exception, match=r"403|rejected"):
            connect(address, origin=origin, open_timeout=60)
    assert get(server, "/", Origin="http://evil.example")[0] == 403
    assert get(server, "/", Host="evil.example")[0] == 403
    assert get(server, "/")[0] == 200


def test_a_foreign_page_in_the_browser_is_refused(server, context):
    """The attack itself: another site's script opens a websocket to the local app."""
    page = context.new_page()
    page.route("http://evil.example/*", lambda route: route.fulfill(body="<h1>evil</h1>", content_type="text/html"))
    page.goto("http://evil.example/")
    address = server.replace("http", "ws") + "/jupyter/api/kernels/abc/channels?session_id=xyz"
    told = page.evaluate(
        "(a) => new Promise((done) => { const s = new WebSocket(a);"
        " s.onopen = () => done('open'); s.onerror = () => done('refused'); })",
        address,
    )
    assert told == "refused"


@pytest.mark.parametrize(
    "path",
    [
        "/static/..%2f..%2f..%2fpyproject.toml",
        "/static/assets/../../../../pyproject.toml",
        "/_solara/cdn/../../../../../../etc/passwd",
        "/_solara/cdn/%2e%2e/%2e%2e/%2e%2e/etc/passwd",
        "/jupyter/nbextensions/..%2f..%2f..%2f..%2fetc/passwd",
        "/static/public/%2e%2e/%2e%2e/app.py",
        "/resourcez?verbose",
    ],
)
def test_no_path_leads_out(server, path):
    status, body = get(server, path)
    assert b"root:" not in body
    assert b"[project]" not in body
    assert b"Dandelion's app" not in body
    if status == 200:
        assert b"<!doctype html>" in body[:100].lower()


def test_a_request_too_large_is_not_read(server):
    parts = urlsplit(server)
    with socket.create_connection((parts.hostname, parts.port or 80), timeout=60) as line:
        line.sendall(f"POST / HTTP/1.1\r\nHost: {parts.netloc}\r\nContent-Length: 999999999999\r\n\r\n".encode())
        assert b" 413 " in line.recv(200)


def test_a_file_too_large_stays_in_the_browser(small):
    frames = []
    small.on("websocket", lambda socket: socket.on("framesent", lambda frame: frames.append(len(frame))))
    visitor.upload(small, b"# " + b"x" * 3_000_000, "huge.toml")
    small.wait_for_selector(".dl-notice.is-problem:has-text('at most 1,000,000')")
    assert small.locator("text=A small launch").count() >= 1


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("this is = = not toml", "line 1"),
        (visitor.SMALL.replace("days = 1", "days = 1\nbribe = 3"), "bribe"),
        (visitor.SMALL.replace("days = 1", "days = -4"), "days"),
        (visitor.SMALL.replace('by = "brand", times', 'by = "ghost", times'), "ghost"),
        (b"\xff\xfe\x00bad", "line 1"),
    ],
)
def test_a_bad_file_is_explained_and_changes_nothing(small, text, said):
    visitor.upload(small, text, "bad.toml")
    small.wait_for_selector(".dl-notice.is-problem")
    assert said in small.inner_text(".dl-notice.is-problem")
    small.wait_for_selector(".dl-strategy >> nth=2", state="attached")
    assert small.locator(".dl-strategy").count() == 3


def test_names_with_scripts_stay_text_everywhere(visit):
    attack = "<img src=x onerror=alert(1)>{{constructor.constructor(`alert(2)`)()}}"
    text = visitor.SMALL.replace('title = "Seeding"', f"title = '{attack}'").replace(
        'about = "A scenario that runs in a second."', f"about = '{attack}'"
    )
    page = visit()
    alerts = []
    page.on("dialog", lambda dialog: (alerts.append(dialog.message), dialog.dismiss()))
    visitor.upload(page, text, "<script>alert(3)</script>.toml")
    page.wait_for_selector(".dl-about:has-text('constructor')")
    visitor.run(page)
    for name in ("Watch", "KOLs", "Evidence", "Planner"):
        page.click(f".dl-tabs button:has-text('{name}')")
        page.wait_for_timeout(300)
    with page.expect_download() as waiting:
        page.click("text=Report (HTML)")
    report = waiting.value.path().read_text()
    assert "<img src=x" not in report
    assert alerts == []
    assert page.locator("img[src=x]").count() == 0


def test_a_hostile_link_is_told_and_ignored(visit):
    page = visit("?s=AAAA")
    page.wait_for_selector(".dl-notice.is-problem")
    assert page.locator("text=A phone is launched on Weibo").count() >= 1


def test_the_password_is_asked_for(tmp_path, browser):
    process, address = visitor.start({"DANDELION_PASSWORD": "geheim"}, tmp_path / "log.txt")
    try:
        assert get(address, "/")[0] == 401
        known = browser.new_context(http_credentials={"username": "any", "password": "geheim"})
        page = known.new_page()
        page.set_default_timeout(visitor.PATIENCE)
        page.goto(address)
        page.wait_for_selector(".dl-run")
        known.close()
    finally:
        visitor.stop(process)
