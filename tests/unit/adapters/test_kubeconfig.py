"""How a cluster is reached: what a kubeconfig says, and clear words where it cannot be honoured."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml

from gitops_action.adapters import kubeconfig
from gitops_action.adapters.kubeconfig import access, load, of_token
from gitops_action.errors import UsageError
from tests.unit.adapters.kubeconfigs import CERTIFICATE, written


@pytest.fixture(autouse=True)
def _elsewhere(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    monkeypatch.delenv("KUBECONFIG", raising=False)
    monkeypatch.setattr(kubeconfig, "_ACCOUNT", tmp_path / "account")


def test_a_token(tmp_path: Path) -> None:
    found = access(str(written(tmp_path)))
    assert (found.url, found.authorization()) == ("https://127.0.0.1:1", "Bearer geheim")
    assert "geheim" not in repr(found)


def test_the_places_where_it_is_looked_for(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(UsageError, match="there is no kubeconfig: name one with --kubeconfig"):
        access()
    written(tmp_path / "home", name=".kube/config", server="https://home.example")
    assert access().url == "https://home.example"
    first = written(tmp_path, name="first", server="https://first.example")
    second = written(tmp_path, name="second", server="https://second.example")
    other = yaml.safe_load(second.read_text())
    other["contexts"][0]["name"] = "there"
    other["clusters"][0]["name"] = other["contexts"][0]["context"]["cluster"] = "d"
    second.write_text(yaml.safe_dump(other))
    monkeypatch.setenv("KUBECONFIG", f"{tmp_path / 'absent'}:{first}:{second}")
    assert (access().url, access("", "there").url) == ("https://first.example", "https://second.example")
    with pytest.raises(UsageError, match="has no context `nowhere`; it has here, there"):
        access("", "nowhere")


def test_inside_a_pod(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "account").mkdir()
    (tmp_path / "account" / "ca.crt").write_text(CERTIFICATE.authority)
    (tmp_path / "account" / "token").write_text("first\n")
    monkeypatch.setenv("KUBERNETES_SERVICE_HOST", "fd00::1")
    monkeypatch.setenv("KUBERNETES_SERVICE_PORT", "6443")
    found = access()
    assert (found.url, found.authorization()) == ("https://[fd00::1]:6443", "Bearer first")
    # The kubelet renews it.
    (tmp_path / "account" / "token").write_text("second\n")
    assert found.authorization() == "Bearer second"


def test_files_are_beside_the_kubeconfig(tmp_path: Path) -> None:
    (tmp_path / "token").write_text("geheim\n")
    (tmp_path / "client.crt").write_text(CERTIFICATE.certificate)
    (tmp_path / "client.key").write_text(CERTIFICATE.key)
    (tmp_path / "ca.crt").write_text(CERTIFICATE.authority)
    user = {"tokenFile": "token", "client-certificate": "client.crt", "client-key": "client.key"}
    path = written(tmp_path, user, **{"certificate-authority": "ca.crt", "certificate-authority-data": ""})
    assert access(str(path)).authorization() == "Bearer geheim"


@pytest.mark.parametrize(
    ("user", "cluster", "said"),
    [
        ({"auth-provider": {"name": "oidc"}}, {}, "`auth-provider` of user `u` is not supported: use a token or exec"),
        ({"token": "t", "as": "root"}, {}, "`as` of user `u` is not supported"),
        ({}, {"insecure-skip-tls-verify": True}, "give its certificate-authority-data"),
        ({}, {"server": "ftp://x"}, "is no address: `ftp://x`"),
        ({}, {"certificate-authority-data": "!!"}, "certificate-authority-data of `c` is not base64"),
        ({}, {"certificate-authority-data": "aGVsbG8="}, "is no certificate in PEM"),
        ({}, {"certificate-authority": "absent", "certificate-authority-data": ""}, "cannot be read: .*absent"),
    ],
)
def test_what_cannot_be_honoured_is_an_error(
    tmp_path: Path, user: dict[str, Any], cluster: dict[str, Any], said: str
) -> None:
    with pytest.raises(UsageError, match=said):
        access(str(written(tmp_path, user, **cluster)))


@pytest.mark.parametrize(
    "text",
    ["users: [{name: a, user: {token: geheim", "- geheim", "contexts: geheim", "\x00geheim", "a: &a [*a, geheim]"],
)
def test_what_is_no_kubeconfig_is_not_repeated(tmp_path: Path, text: str) -> None:
    path = tmp_path / "config"
    path.write_text(text)
    with pytest.raises(UsageError) as raised:
        access(str(path))
    assert "geheim" not in str(raised.value)


def test_contexts_that_lead_nowhere(tmp_path: Path) -> None:
    path = written(tmp_path)
    value = yaml.safe_load(path.read_text())
    del value["users"]
    path.write_text(yaml.safe_dump(value))
    with pytest.raises(UsageError, match="names the user `u`, which is not there"):
        access(str(path))
    del value["current-context"]
    path.write_text(yaml.safe_dump(value))
    with pytest.raises(UsageError, match="no current context: name one with --context; it has here"):
        access(str(path))
    assert load(str(path)) is not None


def test_a_server_with_a_token() -> None:
    found = of_token("https://a.example", CERTIFICATE.authority.encode(), "geheim")
    assert found.authorization() == "Bearer geheim"
    with pytest.raises(UsageError, match="must begin with https://"):
        of_token("http://a.example", None, "geheim")
