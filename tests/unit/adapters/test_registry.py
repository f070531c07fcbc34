"""A real registry, and one that fails in all the ways that registries do."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Iterator
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler

import pytest

from gitops_action.adapters import registry as module
from gitops_action.adapters.registry import Registry
from gitops_action.adapters.registry_http import Limits, _challenges, _judge_realm
from gitops_action.errors import RegistryError
from gitops_action.images.credentials import Login, parse
from gitops_action.images.references import Repository, parse_repository
from tests.hosts import Clock, Host, Reply, answer, running
from tests.registry import INDEX, LocalRegistry, digest_of, serve
from tests.support import tool

LIST = "/v2/acme/web/tags/list?n=1000"
SECRET = "hunter2"


@pytest.fixture(scope="module")
def real() -> Iterator[LocalRegistry]:
    with serve() as running_registry:
        yield running_registry


@pytest.fixture
def host() -> Iterator[Host]:
    with running() as known:
        yield known


@pytest.fixture
def clock() -> Clock:
    return Clock()


def name(host: Host) -> str:
    return host.url.removeprefix("http://")


def web(host: Host) -> Repository:
    return parse_repository(f"{name(host)}/acme/web")


def page(*tags: str, link: str = "") -> Reply:
    return answer(content=json.dumps({"name": "acme/web", "tags": tags}).encode(), link=link)


def failing(registry: Registry, repository: Repository) -> RegistryError:
    with pytest.raises(RegistryError) as caught:
        registry.tags(repository)
    assert str(caught.value).startswith(f"{repository.host}: cannot ")
    assert SECRET not in str(caught.value)
    return caught.value


@pytest.mark.tools
class TestReal:
    @pytest.mark.parametrize("size", [1_000, 100, 7, 1])
    def test_all_tags_of_many_pages(self, real: LocalRegistry, size: int) -> None:
        wanted = [f"1.{minor}.{patch}" for minor in range(20) for patch in range(10)]
        real.image("acme/many", *wanted)
        repository = parse_repository(f"{real.host}/acme/many")
        found = Registry(limits=Limits(page=size)).tags(repository)
        assert sorted(found) == sorted(wanted)
        said = subprocess.run([tool("crane"), "ls", str(repository)], capture_output=True, text=True, check=True)
        assert said.stdout.split() == found

    def test_digests_are_what_crane_says(self, real: LocalRegistry) -> None:
        pushed = real.image("acme/web", "1.0", created="2026-05-06T07:08:09.123456789Z", labels={"team": "shop"})
        repository = parse_repository(f"{real.host}/acme/web")
        said = subprocess.run(
            [tool("crane"), "digest", f"{repository}:1.0"], capture_output=True, text=True, check=True
        )
        registry = Registry()
        assert said.stdout.strip() == pushed == registry.digest(repository, "1.0")
        assert registry.manifest(repository, "1.0") == registry.manifest(repository, pushed)
        made = registry.created(repository, "1.0")
        assert made.created is not None
        assert made.created.replace(microsecond=0) == datetime(2026, 5, 6, 7, 8, 9, tzinfo=UTC)
        assert made.labels == {"team": "shop"}

    def test_of_an_index_the_image_for_linux_counts(self, real: LocalRegistry) -> None:
        entries = []
        for system, architecture, created in (
            ("unknown", "unknown", "2026-01-01T00:00:00Z"),
            ("linux", "arm64", "2026-02-02T00:00:00Z"),
            ("linux", "amd64", "2026-03-03T00:00:00Z"),
        ):
            value = real.image_value("acme/multi", created=created, labels={}, about=architecture)
            digest = real.manifest("acme/multi", f"for-{architecture}", value)
            platform = {"os": system, "architecture": architecture}
            entries.append({"mediaType": INDEX, "size": 1, "digest": digest, "platform": platform})
        real.manifest("acme/multi", "2", {"manifests": entries, "annotations": {"team": "shop"}}, INDEX)
        repository = parse_repository(f"{real.host}/acme/multi")
        assert Registry().manifest(repository, "2").is_index
        made = Registry().created(repository, "2")
        assert made.created == datetime(2026, 3, 3, tzinfo=UTC)
        assert made.labels == {"team": "shop"}

    def test_blobs_are_held_to_their_size(self, real: LocalRegistry) -> None:
        digest = real.blob("acme/blobs", b"x" * 1000)
        repository = parse_repository(f"{real.host}/acme/blobs")
        assert Registry().blob(repository, digest, 1000) == b"x" * 1000
        with pytest.raises(RegistryError, match="it has more than"):
            Registry().blob(repository, digest, 999)

    def test_what_is_not_there(self, real: LocalRegistry) -> None:
        real.image("acme/web", "1.0")
        assert failing(Registry(), parse_repository(f"{real.host}/acme/none")).code == "registry-missing"
        repository = parse_repository(f"{real.host}/acme/web")
        for reference in ("no-such-tag", digest_of(b"nothing")):
            with pytest.raises(RegistryError, match="there is none") as caught:
                Registry().manifest(repository, reference)
            assert caught.value.code == "registry-missing"


def test_pages_are_followed_by_their_links(host: Host) -> None:
    second = "/v2/acme/web/tags/list?last=1.1&n=1000"
    host.says(page("1.0", "1.1", link=f'<{second}>; rel="next"'), path=LIST)
    host.says(page("2.0", "not a tag!", "1.1", link=f"<{host.url}{second}x>; rel=next"), path=second)
    host.says(page("3.0", link='</v2/first>; rel="first"'), path=second + "x")
    assert Registry().tags(web(host)) == ["1.0", "1.1", "2.0", "3.0"]


@pytest.mark.parametrize("pages", ["the same again and again", "ever new ones"])
def test_endless_pages_end(host: Host, monkeypatch: pytest.MonkeyPatch, pages: str) -> None:
    monkeypatch.setattr(module, "MAX_TAGS", 50)
    if pages == "ever new ones":

        class Endless(dict[str, list[Reply]]):
            def __missing__(self, path: str) -> list[Reply]:
                number = len(host.asked)
                return [page(f"v{number}", link=f'</v2/acme/web/tags/list?last={number}>; rel="next"')]

        host.replies = Endless()
    else:
        host.says(page("1.0", link=f'<{LIST}>; rel="next"'), path=LIST)
    error = failing(Registry(), web(host))
    assert error.code == "registry-unavailable"
    assert "its pages do not come to an end" in str(error)
    assert len(host.asked) <= 60


def test_the_next_page_is_not_at_another_host(host: Host) -> None:
    host.says(page("1.0", link='<https://other.example/v2/acme/web/tags/list>; rel="next"'), path=LIST)
    assert "its next page is at another host" in str(failing(Registry(), web(host)))


@pytest.mark.parametrize(
    ("reply", "code", "said"),
    [
        (answer(401, b""), "registry-denied", "it wants to know who asks (401), or there is no such image: give credentials"),
        (answer(401, b"", www_authenticate="Digest x=y"), "registry-denied", "it wants to know who asks"),
        (answer(403, b'{"errors":[{"code":"DENIED","message":"no\\n way"}]}'), "registry-denied", "(403 no way)"),
        (answer(404, b'{"errors":[{"code":"NAME_UNKNOWN"}]}'), "registry-missing", "there is none (404 NAME_UNKNOWN)"),
        (answer(500, b"oops"), "registry-unavailable", "it is out of order (500), also after 4 attempts"),
        (answer(429, b"", retry_after="7200"), "registry-unavailable", "(429), and asks to wait 7200 s"),
        (answer(200, b"<html>Log in</html>", content_type="text/html; charset=utf-8"), "registry-unavailable", "it answers with what no registry says (text/html)"),
        (answer(200, b"[1]"), "registry-unavailable", "what no registry says"),
        (answer(200, b"[" * 100_000), "registry-unavailable", "what no registry says"),
        (answer(302, b"", location="http://other.example/"), "registry-unavailable", "redirects to an address that is not https"),
        (answer(200, b"{}", content_length="100"), "registry-unavailable", "it broke off"),
    ],
)  # fmt: skip
def test_a_bad_answer_is_a_clear_problem(host: Host, clock: Clock, reply: Reply, code: str, said: str) -> None:
    host.says(reply, path=LIST)
    error = failing(Registry(sleep=clock.sleep), web(host))
    assert error.code == code
    assert said in str(error)


def test_one_that_is_busy_is_asked_again_when_it_says(host: Host, clock: Clock) -> None:
    host.says(answer(429, b"", retry_after="3"), answer(503, b""), page("1.0"), path=LIST)
    assert Registry(sleep=clock.sleep).tags(web(host)) == ["1.0"]
    assert clock.slept == [3.0, 2.0]


def test_all_waiting_together_ends(host: Host, clock: Clock) -> None:
    host.says(answer(429, b"", retry_after="25"), path=LIST)
    error = failing(Registry(sleep=clock.sleep), web(host))
    assert "asks to wait 25 s" in str(error)
    assert clock.slept == [25.0, 25.0]


def test_one_that_dawdles_is_not_waited_for(host: Host, clock: Clock) -> None:
    import threading  # noqa: PLC0415 - only here

    ends = threading.Event()

    def dawdle(_: BaseHTTPRequestHandler) -> None:
        ends.wait(20)

    host.says(dawdle, path=LIST)
    registry = Registry(sleep=clock.sleep, limits=Limits(timeout=0.2, total=0.5))
    assert "its answers took more than 0.5 s in all" in str(failing(registry, web(host)))
    ends.set()


def token(**value: str) -> Reply:
    return answer(content=json.dumps(value).encode())


def wants_token(at: str) -> Reply:
    return answer(
        401, b"", www_authenticate=f'Bearer realm="{at}/token",service="reg",scope="repository:acme/web:pull"'
    )


TOKEN = "/token?service=reg&scope=repository%3Aacme%2Fweb%3Apull"


@pytest.mark.parametrize("key", ["token", "access_token"])
def test_a_token_is_asked_for_once_with_the_credentials(host: Host, key: str) -> None:
    host.says(wants_token(host.url), page("1.0"), path=LIST)
    host.says(token(**{key: "T0KEN"}), path=TOKEN)
    registry = Registry(parse(f"{name(host)}=bot:{SECRET}"))
    assert registry.tags(web(host)) == registry.tags(web(host)) == ["1.0"]
    assert host.asked == [LIST, TOKEN, LIST, LIST]
    assert [headers.get("authorization") for headers in host.headers] == [
        None,
        Login("bot", SECRET).basic,
        "Bearer T0KEN",
        "Bearer T0KEN",
    ]


def test_without_credentials_anybodys_token_is_asked_for(host: Host) -> None:
    host.says(wants_token(host.url), page("1.0"), path=LIST)
    host.says(token(token="T0KEN"), path=TOKEN)
    assert Registry(parse(f"other.example=bot:{SECRET}")).tags(web(host)) == ["1.0"]
    assert "authorization" not in host.headers[1]


def test_a_login_that_is_refused(host: Host) -> None:
    host.says(wants_token(host.url), path=LIST)
    host.says(answer(401, json.dumps({"details": "incorrect username or password"}).encode()), path=TOKEN)
    error = failing(Registry(parse(f"{name(host)}=bot:{SECRET}")), web(host))
    assert error.code == "registry-denied"
    assert "it does not let the given credentials (401 incorrect username or password)" in str(error)


@pytest.mark.parametrize("content", [b"{}", b'{"token": "a\\r\\nX-Evil: 1"}', b"<html>", b'{"token": 5}'])
def test_an_answer_without_a_token(host: Host, content: bytes) -> None:
    host.says(wants_token(host.url), path=LIST)
    host.says(answer(content=content), path=TOKEN)
    assert "has no token" in str(failing(Registry(), web(host)))


def test_a_token_that_does_not_help_is_not_asked_for_again(host: Host) -> None:
    host.says(wants_token(host.url), path=LIST)
    host.says(token(token="T0KEN"), path=TOKEN)
    assert failing(Registry(), web(host)).code == "registry-denied"
    assert host.asked == [LIST, TOKEN, LIST]


def test_basic_credentials(host: Host) -> None:
    host.says(answer(401, b"", www_authenticate='Basic realm="x"'), page("1.0"), path=LIST)
    assert Registry(parse(f"{name(host)}=bot:{SECRET}")).tags(web(host)) == ["1.0"]
    assert host.headers[1]["authorization"] == Login("bot", SECRET).basic
    host.says(answer(401, b"", www_authenticate='Basic realm="x"'), path=LIST)
    assert failing(Registry(), web(host)).code == "registry-denied"


def test_storage_gets_no_credentials(host: Host) -> None:
    content = b"layer"
    blob = f"/v2/acme/web/blobs/{digest_of(content)}"
    with running() as storage:
        host.says(
            answer(401, b"", www_authenticate="Basic"),
            answer(307, b"", location=f"{storage.url}/signed?x=1"),
            path=blob,
        )
        storage.says(answer(content=content), path="/signed?x=1")
        registry = Registry(parse(f"{name(host)}=bot:{SECRET}"))
        assert registry.blob(web(host), digest_of(content), 100) == content
        assert "authorization" in host.headers[1]
        assert "authorization" not in storage.headers[0]


def test_what_has_another_digest_is_refused(host: Host) -> None:
    digest = digest_of(b"right")
    host.says(answer(content=b"wrong"), path=f"/v2/acme/web/blobs/{digest}")
    host.says(answer(content=b'{"config": {}}'), path=f"/v2/acme/web/manifests/{digest}")
    for ask in (lambda: Registry().blob(web(host), digest, 100), lambda: Registry().manifest(web(host), digest)):
        with pytest.raises(RegistryError, match="does not have the digest that it should"):
            ask()
    with pytest.raises(RegistryError, match="neither a tag nor a digest"):
        Registry().manifest(web(host), "../../etc")
    with pytest.raises(RegistryError, match="that is no digest"):
        Registry().blob(web(host), "sha256:../x", 100)


def test_a_registry_that_does_not_tell_digests_is_read(host: Host) -> None:
    manifest = b'{"config": {}}'
    host.says(answer(content=manifest), path="/v2/acme/web/manifests/1.0")
    assert Registry().digest(web(host), "1.0") == digest_of(manifest)


@pytest.mark.parametrize(
    ("realm", "registry", "is_trusted", "problem"),
    [
        ("https://auth.docker.io/token", "docker.io", True, ""),
        ("https://ghcr.io/token", "ghcr.io", True, ""),
        ("https://gitlab.example.com/jwt/auth", "registry.example.com", True, ""),
        ("https://login.evil.example/token", "ghcr.io", False, ""),
        ("https://evil.io/token", "ghcr.io", False, ""),
        ("https://evil.co.uk/token", "registry.good.co.uk", False, ""),
        ("https://auth.good.co.uk/token", "registry.good.co.uk", True, ""),
        ("https://10.0.0.1/token", "10.1.0.1", False, ""),
        ("http://auth.docker.io/token", "docker.io", False, "not https"),
        ("http://127.0.0.1/token", "ghcr.io", False, "not https"),
        ("https://127.0.0.1/token", "ghcr.io", False, "on this very machine"),
        ("https://me@ghcr.io/token", "ghcr.io", False, "not https"),
        ("file:///etc/passwd", "ghcr.io", False, "not https"),
        ("https://[/token", "ghcr.io", False, "no address"),
        ("", "ghcr.io", False, "not https"),
        ("http://127.0.0.1:1/token", "localhost:5000", True, ""),
    ],
)  # fmt: skip
def test_whom_credentials_are_shown_to(realm: str, registry: str, problem: str, *, is_trusted: bool) -> None:
    trusted, said = _judge_realm(realm, parse_repository(f"{registry}/acme/web"), ())
    assert trusted is is_trusted
    assert problem in said
    assert bool(problem) is bool(said)


def test_challenges_are_read_whatever_is_quoted_in_them() -> None:
    assert _challenges('Bearer realm="https://a/t",service="x, Basic y", Basic realm="z"') == {
        "bearer": {"realm": "https://a/t", "service": "x, Basic y"},
        "basic": {"realm": "z"},
    }
    assert _challenges("Negotiate") == {}


def test_plain_http_only_where_it_is_wanted(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[str] = []

    def get(url: str, **_: object) -> None:
        asked.append(url)
        raise KeyboardInterrupt

    monkeypatch.setattr("gitops_action.adapters.https.get", get)
    for text in ("nginx", "registry.internal:5000/web", "registry.internal/web", "localhost:5000/web"):
        with pytest.raises(KeyboardInterrupt):
            Registry(plain=["registry.internal:5000"]).tags(parse_repository(text))
    assert [url.partition("/v2/")[0] for url in asked] == [
        "https://registry-1.docker.io",
        "http://registry.internal:5000",
        "https://registry.internal",
        "http://localhost:5000",
    ]
