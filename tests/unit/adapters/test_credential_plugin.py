"""Credential plugins of kubeconfigs: real programs, and clear words where one does not give what it should."""

from __future__ import annotations

import json
import stat
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from gitops_action.adapters.kubeconfig import access
from gitops_action.errors import ClusterError
from tests.unit.adapters.kubeconfigs import written


def plugin(folder: Path, status: dict[str, Any] | None = None, code: int = 0) -> dict[str, Any]:
    """Write a credential plugin that counts how often it is asked."""
    script = folder / "plugin"
    answer = json.dumps({"apiVersion": "client.authentication.k8s.io/v1", "kind": "ExecCredential", "status": status})
    script.write_text(f"#!/bin/sh\necho x >> {folder}/asked\nprintf '%s' \"$KUBERNETES_EXEC_INFO\" > {folder}/info\n"
                      f"echo a secret of the plugin >&2\ncat <<'END'\n{answer}\nEND\nexit {code}\n")  # fmt: skip
    script.chmod(script.stat().st_mode | stat.S_IXUSR)
    return {
        "exec": {"apiVersion": "client.authentication.k8s.io/v1", "command": "./plugin", "provideClusterInfo": True}
    }


def test_a_plugin_is_asked_once_and_again_when_its_token_ends(tmp_path: Path) -> None:
    later = (datetime.now(UTC) + timedelta(hours=1)).isoformat()
    found = access(str(written(tmp_path, plugin(tmp_path, {"token": "geheim", "expirationTimestamp": later}))))
    assert [found.authorization(), found.authorization()] == ["Bearer geheim"] * 2
    assert (tmp_path / "asked").read_text() == "x\n"
    info = json.loads((tmp_path / "info").read_text())
    assert info["spec"]["cluster"]["server"] == "https://127.0.0.1:1"
    soon = (datetime.now(UTC) + timedelta(seconds=5)).isoformat()
    found = access(str(written(tmp_path, plugin(tmp_path, {"token": "geheim", "expirationTimestamp": soon}))))
    assert [found.authorization(), found.authorization()] == ["Bearer geheim"] * 2
    assert (tmp_path / "asked").read_text() == "x\n" * 3


@pytest.mark.parametrize(
    ("edit", "said"),
    [
        ({"command": "is-not-installed", "installHint": "get it somewhere"}, "it is not installed: get it somewhere"),
        (
            {"apiVersion": "client.authentication.k8s.io/v1alpha1"},
            "its apiVersion client.authentication.k8s.io/v1alpha1",
        ),
    ],
)
def test_a_plugin_that_cannot_be_used_is_an_error(tmp_path: Path, edit: dict[str, str], said: str) -> None:
    user = plugin(tmp_path, {"token": "geheim"})
    user["exec"].update(edit)
    with pytest.raises(ClusterError, match=said):
        access(str(written(tmp_path, user))).authorization()


@pytest.mark.parametrize(("status", "code", "said"), [({"token": "geheim"}, 3, "code 3"), (None, 0, "no ExecCredential"),
                                                      ({}, 0, "neither a token nor a certificate")])  # fmt: skip
def test_a_plugin_that_fails_is_an_error_without_its_words(
    tmp_path: Path, status: dict[str, Any] | None, code: int, said: str
) -> None:
    with pytest.raises(ClusterError, match=said) as raised:
        access(str(written(tmp_path, plugin(tmp_path, status, code)))).authorization()
    assert "secret" not in str(raised.value)
    assert "geheim" not in str(raised.value)
