"""URLs as Go's net/url reads them: what the format `uri` and the functions `isURL` and `url` of rules take.

Follows ParseRequestURI, https://github.com/golang/go/blob/master/src/net/url/url.go. Where the releases of Go that the
API servers were built with differ (brackets without an IPv6 address, several colons), the text counts as good.
"""

from __future__ import annotations

from typing import Final

from gitops_action.records import dataclass
from gitops_action.regex import regex

_SCHEME: Final = regex(r"([A-Za-z][A-Za-z0-9+.-]*):")
_CONTROL: Final = regex(r"[\x00-\x1f\x7f]")
_BAD_ESCAPE: Final = regex(r"%(?![0-9A-Fa-f]{2})")
_USER: Final = regex(r"[A-Za-z0-9._:~!$&'()*+,;=%@-]*")
_PORT: Final = regex(r"(?::[0-9]*)?")
_HOST_ESCAPES: Final = regex(r"%([0-9A-Fa-f]{2})")
_HOST: Final = regex(r"[A-Za-z0-9$&+,/:;=?@!'()*\[\]<>\"._~\x80-\U0010ffff-]*")
_ESCAPES: Final = regex(r"(?:%[0-9A-Fa-f]{2})+")
_PATH: Final = frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_.~$&+,/:;=@!'()*[]")


@dataclass(frozen=True, slots=True)
class Url:
    """The parts of a URL as Go has them; `path` is unescaped but for `%2F` and the like."""

    scheme: str
    host: str
    path: str
    query: str

    def hostname(self) -> str:
        """Return the host without port and brackets."""
        host, colon, port = self.host.rpartition(":")
        bare = host if colon and _PORT.fullmatch(f":{port}") else self.host
        return bare[1:-1] if bare.startswith("[") and bare.endswith("]") else bare

    def port(self) -> str:
        """Return the port, "" if there is none."""
        _, colon, port = self.host.rpartition(":")
        return port if colon and port.isdecimal() else ""

    def escaped_path(self) -> str:
        """Return the path with whatever needs it escaped."""
        return "".join(
            char if char in _PATH or char == "%" else "".join(f"%{byte:02X}" for byte in char.encode())
            for char in self.path
        )

    def values(self) -> dict[str, list[str]]:
        """Return the query's values by key; what cannot be read is left out."""
        values: dict[str, list[str]] = {}
        for part in self.query.split("&"):
            key, _, value = part.partition("=")
            if part and ";" not in part and not _BAD_ESCAPE.search(part):
                values.setdefault(_unescaped(key), []).append(_unescaped(value))
        return values


def parse(text: str) -> Url | None:
    """Return the parts of an absolute URL or path, None for what is neither."""
    if not text or _CONTROL.search(text):
        return None
    if text == "*":
        return Url("", "", "*", "")
    match = _SCHEME.match(text)
    scheme, rest = (match[1].lower(), text[match.end() :]) if match else ("", text)
    if not match and not text.startswith("/"):
        return None
    rest, _, query = rest.partition("?")
    if scheme and not rest.startswith("/"):
        return Url(scheme, "", "", query)
    host: str | None = ""
    if scheme and rest.startswith("//"):
        authority, slash, path = rest[2:].partition("/")
        host, rest = _host(authority), slash + path
    return None if host is None or _BAD_ESCAPE.search(rest) else Url(scheme, host, rest, query)


def _unescaped(text: str) -> str:
    return _ESCAPES.sub(
        lambda match: bytes.fromhex(match[0].replace("%", "")).decode(errors="replace"), text.replace("+", " ")
    )


def _host(authority: str) -> str | None:
    user, _, host = authority.rpartition("@")
    if user and (not _USER.fullmatch(user) or _BAD_ESCAPE.search(user)):
        return None
    if host.startswith("["):
        inside, bracket, port = host[1:].rpartition("]")
        if not bracket or not _PORT.fullmatch(port):
            return None
        address, zone, name = inside.partition("%25")
        good = _is_host(address) and not (zone and _BAD_ESCAPE.search(name))
        return host if good else None
    _, colon, port = host.rpartition(":")
    if colon and not _PORT.fullmatch(f":{port}"):
        return None
    return host if _is_host(host) else None


def _is_host(text: str) -> bool:
    """Whether a host is written with what may be in it; only bytes outside ASCII may be escaped."""
    if any(int(code, 16) < 0x80 for code in _HOST_ESCAPES.findall(text)):  # noqa: PLR2004 - the end of ASCII
        return False
    return not _BAD_ESCAPE.search(text) and bool(_HOST.fullmatch(_HOST_ESCAPES.sub("", text)))
