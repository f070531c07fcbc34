"""A real server on loopback that fails in all the ways that hosts do."""

from __future__ import annotations

import json
import os
import threading
import time
from collections.abc import Callable, Iterator
from email.utils import formatdate
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gitops_action.adapters import https
from gitops_action.adapters.https import Answer, _forbidden, wait
from gitops_action.adapters.schema_store import ABSENT_FOR, FOUND_FOR, MAX_DOWNLOADS, SchemaStore
from gitops_action.ports import Download
from tests.hosts import SCHEMA, Clock, Host, Reply, answer, running


@pytest.fixture
def host() -> Iterator[Host]:
    with running() as known:
        yield known


@pytest.fixture
def clock() -> Clock:
    return Clock()


def store(clock: Clock, cache: Path | None = None, **settings: Any) -> SchemaStore:
    return SchemaStore(cache, sleep=clock.sleep, now=clock.now, **settings)


def test_a_schema_is_fetched_once_and_without_anything_of_the_users(host: Host, clock: Clock, tmp_path: Path) -> None:
    url = host.says(answer())
    fetch = store(clock, tmp_path / "cache")
    assert fetch(url) == fetch(url) == Download(SCHEMA)
    assert host.asked == ["/x.json"]
    [headers] = host.headers
    assert headers.keys() == {"host", "user-agent", "accept", "accept-encoding", "connection"}
    assert headers["accept-encoding"] == "identity"


def test_another_run_takes_it_from_the_cache(host: Host, clock: Clock, tmp_path: Path) -> None:
    url = host.says(answer(), answer(500))
    cache = tmp_path / "new" / "cache"
    assert store(clock, cache)(url) == Download(SCHEMA)
    assert store(clock, cache)(url) == Download(SCHEMA)
    assert len(host.asked) == 1
    [kept] = list(cache.iterdir())
    assert len(kept.name) == 64
    assert kept.stat().st_mode & 0o077 == 0
    clock.time += FOUND_FOR
    assert store(clock, cache)(url).problem
    assert len(host.asked) > 1


def test_that_there_is_none_is_remembered_for_a_while(host: Host, clock: Clock, tmp_path: Path) -> None:
    url = host.says(answer(404, b"<html>no</html>"), answer())
    assert store(clock, tmp_path)(url) == Download()
    assert store(clock, tmp_path)(url) == Download()
    assert len(host.asked) == 1
    clock.time += ABSENT_FOR
    assert store(clock, tmp_path)(url) == Download(SCHEMA)


def test_a_clock_that_was_set_back_makes_nothing_last_for_ever(host: Host, clock: Clock, tmp_path: Path) -> None:
    url = host.says(answer())
    store(clock, tmp_path)(url)
    clock.time -= 3600
    store(clock, tmp_path)(url)
    assert len(host.asked) == 2


@pytest.mark.parametrize(
    "damage",
    [
        lambda data: data[:-1],
        lambda data: data[: len(data) // 2],
        lambda data: data[:0],
        lambda data: data + b"x",
        lambda data: data.replace(b"object", b"string"),
        lambda data: b"\x00" * len(data),
        lambda data: b"[1]\n" + data,
        lambda data: data.replace(b"127.0.0.1", b"127.0.0.2"),
        lambda data: data.partition(b"\n")[2],
    ],
)  # fmt: skip
def test_a_damaged_file_of_the_cache_is_fetched_again(
    host: Host, clock: Clock, tmp_path: Path, damage: Callable[[bytes], bytes]
) -> None:
    url = host.says(answer())
    store(clock, tmp_path)(url)
    [kept] = list(tmp_path.iterdir())
    whole = kept.read_bytes()
    kept.write_bytes(damage(whole))
    assert store(clock, tmp_path)(url) == Download(SCHEMA)
    assert len(host.asked) == 2
    assert kept.read_bytes() == whole


@given(st.binary(max_size=200))
def test_no_file_of_the_cache_breaks_anything(data: bytes) -> None:
    fetch = SchemaStore(Path("/nowhere"))

    class Cache:
        def __truediv__(self, name: str) -> Cache:
            return self

        def read_bytes(self) -> bytes:
            return data

    fetch.cache = Cache()  # type: ignore[assignment] # a folder with one file
    assert fetch._kept("https://example.org/x.json") is None


def test_a_cache_that_cannot_be_written_is_none(host: Host, clock: Clock, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    assert store(clock, tmp_path / "file" / "cache")(host.says(answer())) == Download(SCHEMA)


def test_a_file_that_could_not_be_written_whole_leaves_nothing(
    host: Host, clock: Clock, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: Any) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Path, "replace", full)
    assert store(clock, tmp_path)(host.says(answer())) == Download(SCHEMA)
    assert list(tmp_path.iterdir()) == []


# Faults that pass


@pytest.mark.parametrize("status", [408, 429, 500, 502, 503, 504])
def test_a_host_that_is_out_of_order_is_asked_again(host: Host, clock: Clock, status: int) -> None:
    url = host.says(answer(status, b"busy"), answer(status, b"busy"), answer())
    assert store(clock)(url) == Download(SCHEMA)
    assert clock.slept == [1.0, 2.0]


def test_it_is_asked_again_when_it_wants_to(host: Host, clock: Clock) -> None:
    later = formatdate(clock.time + 9, usegmt=True)
    url = host.says(answer(429, b"", retry_after="7"), answer(503, b"", retry_after=later), answer())
    assert store(clock)(url) == Download(SCHEMA)
    assert clock.slept == [7.0, 2.0]


def test_it_is_not_waited_for_beyond_patience(host: Host, clock: Clock) -> None:
    url = host.says(answer(429, b"", retry_after="3600"))
    assert store(clock)(url).problem == f"{url}: the host asks to wait 3600 s"
    assert clock.slept == []
    assert len(host.asked) == 1


def broken_off(request: BaseHTTPRequestHandler) -> None:
    request.send_response(200)
    request.send_header("content-length", "1000")
    request.end_headers()
    request.wfile.write(SCHEMA)


def hung_up(request: BaseHTTPRequestHandler) -> None:
    request.wfile.close()
    request.connection.close()


@pytest.mark.parametrize("fault", [broken_off, hung_up])
def test_a_connection_that_breaks_is_made_again(host: Host, clock: Clock, fault: Reply, tmp_path: Path) -> None:
    url = host.says(fault, answer())
    assert store(clock, tmp_path)(url) == Download(SCHEMA)
    assert len(host.asked) == 2


# Faults that stay: each is a problem that says what and where, and nothing of it is kept.


def drips(request: BaseHTTPRequestHandler) -> None:
    request.send_response(200)
    request.end_headers()
    for _ in range(200):
        time.sleep(0.05)
        request.wfile.write(b" ")
        request.wfile.flush()


def is_silent(_: BaseHTTPRequestHandler) -> None:
    time.sleep(1.5)


def speaks_nonsense(request: BaseHTTPRequestHandler) -> None:
    request.wfile.write(b"\x00\x01\x02 nonsense\r\n\r\n")


@pytest.mark.parametrize(
    ("fault", "problem"),
    [
        (answer(500, b"no"), "the host answered with status 500"),
        (answer(429, b"no"), "the host answered with status 429"),
        (answer(403, b"no"), "the host answered with status 403"),
        (answer(401, b"no"), "the host answered with status 401"),
        (answer(204, b""), "the host answered with status 204"),
        (answer(200, b"<html>Sign in</html>", content_type="text/html; charset=utf-8"),
         "the host answered with something that is not JSON (text/html)"),
        (answer(200, b""), "the host answered with something that is not JSON (application/json)"),
        (answer(200, b'{"type": "obj'), "not JSON"),
        (answer(200, b"[" * 200_000), "not JSON"),
        (answer(200, b"\x1f\x8b\x08"), "not JSON"),
        (answer(200, b" " * 3_000_000), "it has more than 2 MiB"),
        (broken_off, f"it broke off after {len(SCHEMA)} of 1000 bytes"),
        (hung_up, "it cannot be reached"),
        (speaks_nonsense, "it cannot be reached"),
        (drips, "no answer within 0.3 s"),
        (is_silent, "no answer within 0.3 s"),
        (answer(302, b"", location="http://example.org/x.json"), "redirects to an address that is not https"),
        (answer(302, b"", location="ftp://127.0.0.1/x.json"), "redirects to an address that is not https"),
        (answer(302, b"", location="file:///etc/passwd"), "redirects to an address that is not https"),
        (answer(302, b"", location="https://user:pass@127.0.0.1/x.json"), "redirects to an address with credentials"),
        (answer(302, b"", location="https://169.254.169.254/latest"), "redirects to an address that is not public"),
        (answer(302, b"", location="https://[::1/"), "redirects to what is no address"),
        (answer(302, b"", location="/x.json"), "too many redirections"),
        (answer(302, b""), "the host answered with status 302"),
    ],
)  # fmt: skip
def test_faults_are_problems(host: Host, clock: Clock, tmp_path: Path, fault: Reply, problem: str) -> None:
    url = host.says(fault)
    download = store(clock, tmp_path, timeout=0.3, max_bytes=2 * 2**20)(url)
    assert download.content is None
    assert download.problem.startswith(f"{url}: ")
    assert problem in download.problem
    assert "\n" not in download.problem
    assert list(tmp_path.iterdir()) == []


def test_a_host_that_does_not_answer_is_asked_for_nothing_else(host: Host, clock: Clock) -> None:
    fetch = store(clock)
    fetch(host.says(answer(503, b"")))
    other = host.says(answer(), path="/y.json")
    assert fetch(other).problem == f"{other} was not asked for: the host answered with status 503"
    assert set(host.asked) == {"/x.json"}
    # What it does answer says nothing of other addresses.
    fetch = store(clock)
    fetch(host.says(answer(403, b"")))
    assert fetch(other) == Download(SCHEMA)


def test_nobody_at_the_address(clock: Clock) -> None:
    url = "http://127.0.0.1:1/x.json"
    assert "it cannot be reached: " in store(clock)(url).problem
    assert len(clock.slept) == 2


def test_redirections_on_the_host_are_followed(host: Host, clock: Clock) -> None:
    host.says(answer(), path="/y.json")
    host.says(answer(307, b"", location=f"{host.url}/y.json"), path="/z.json")
    assert store(clock)(host.says(answer(301, b"", location="/z.json"))) == Download(SCHEMA)


@pytest.mark.parametrize(
    ("target", "addresses", "is_followed"),
    [
        ("https://schemas.example/y", [], True),
        ("https://other.example/y", ["93.184.216.34"], True),
        ("https://other.example/y", ["93.184.216.34", "10.0.0.7"], False),
        ("https://other.example/y", ["fe80::1%eth0"], False),
        ("https://other.example/y", [], False),
        ("https://localhost/y", ["127.0.0.1"], False),
        ("http://127.0.0.1/y", ["127.0.0.1"], False),
        ("http://schemas.example/y", [], False),
    ],
)
def test_redirections_lead_into_no_private_network(
    monkeypatch: pytest.MonkeyPatch, target: str, addresses: list[str], is_followed: bool
) -> None:
    def resolved(*_: Any, **__: Any) -> list[Any]:
        if not addresses:
            raise OSError("unknown host")
        return [(2, 1, 6, "", (address, 443)) for address in addresses]

    monkeypatch.setattr("socket.getaddrinfo", resolved)
    assert (_forbidden("https://schemas.example/x", target) == "") is is_followed


def test_offline_only_the_cache_is_asked_whatever_its_age(host: Host, clock: Clock, tmp_path: Path) -> None:
    url = host.says(answer())
    store(clock, tmp_path)(url)
    clock.time += 10 * FOUND_FOR
    offline = store(clock, tmp_path, offline=True)
    assert offline(url) == Download(SCHEMA)
    other = host.says(answer(), path="/y.json")
    assert offline(other) == Download(
        problem=f"{other} is not in the cache, and nothing is fetched offline", offline=True
    )
    assert host.asked == ["/x.json"]


def test_no_pull_request_makes_us_ask_without_end(host: Host, clock: Clock, monkeypatch: pytest.MonkeyPatch) -> None:
    assert MAX_DOWNLOADS <= 5_000
    monkeypatch.setattr("gitops_action.adapters.schema_store.MAX_DOWNLOADS", 3)
    fetch = store(clock)
    problems = [fetch(host.says(answer(404, b""), path=f"/{number}.json")).problem for number in range(5)]
    assert len(host.asked) == 3
    assert problems[:3] == ["", "", ""]
    assert all(problem.endswith("was not asked for: 3 schemas were asked for already") for problem in problems[3:])


def test_a_proxy_of_the_environment_is_used_for_https_only(
    host: Host, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("https_proxy", "http://127.0.0.1:1")
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:1")
    monkeypatch.setenv("no_proxy", "")
    assert store(clock)(host.says(answer())) == Download(SCHEMA)
    assert "cannot be reached" in store(clock)("https://schemas.example/x.json").problem


@given(st.text(max_size=30))
def test_no_retry_after_breaks_anything(text: str) -> None:
    seconds = wait(Answer(503, {"retry-after": text}), 1, 0.0)
    assert seconds is not None
    assert seconds >= 0


def test_two_processes_can_share_a_cache(host: Host, clock: Clock, tmp_path: Path) -> None:
    url = host.says(answer())
    threads = [threading.Thread(target=store(clock, tmp_path), args=(url,)) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    [kept] = os.listdir(tmp_path)  # noqa: PTH208 - names are enough
    assert json.loads((tmp_path / kept).read_bytes().partition(b"\n")[2]) == {"type": "object"}


def test_nothing_of_http_is_loaded_before_it_is_needed() -> None:
    source = Path(https.__file__).read_text(encoding="utf-8")
    assert "\nimport http" not in source
    assert "\nfrom urllib import request" not in source
