"""Values that do not have the form that their field demands."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from tests.conformance.mutations.registry import Change, is_number, is_text, mutation, text_of, typed
from tests.conformance.splices import added, inserted, renamed, replaced

if TYPE_CHECKING:
    from random import Random

    from tests.conformance.seeds import Place

_NAMES: Final = (
    "Upper", "under_score", "-dash", "dash-", "a b", "a/b", "a..b", ".dot", "dot.", "a.b", "ü", "*", "1", "a@b", "..", ".",
    "a%b", "0abc", "x" * 64, "x" * 254, "a.-b", "A.b", "a:b", "123.456",
)  # fmt: skip
_LABEL_VALUES: Final = ("a b", "-a", "a-", "x" * 64, "a/b", "ü", "a:b", "@", "a,b", ".a", "a_b", "A", "1.2", "")
_LABEL_KEYS: Final = (
    "a b", "-a", "a-", "/a", "a/", "a/b/c", "x" * 64, "UPPER.com/a", "a_b.com/x", "x" * 254 + "/a", "ü", "a:b", "A_b", "a..b/x", "",
)  # fmt: skip
_QUANTITIES: Final = (
    "1..5", "12Foo", "abc", "-1", "1 Gi", "1gb", "100mm", "1.5.1", "1GiB", "1e", "Gi", "0x10", "1,5", "+", "1K", "1kI", "--1",
    ".5", "1e3", "5e-3", "0", "-0", "100M", "1000000Ei", "0.5", "1n", "12E", "\u0661", "1Mi ", "3u",
)  # fmt: skip
_ADDRESSES: Final = (
    "1.2.3", "256.1.1.1", "localhost", "1.2.3.4.5", "::g", "", "127.0.0.1", "169.254.1.1", "010.0.0.1", "::1", "10.0.0.1/24",
    "::ffff:1.2.3.4", "fe80::1", "224.0.0.1", "0.0.0.0",  # noqa: S104 - text, no socket
    "10.0.0.1 ", "a.b.c.d", "None", "fd00::1",
)  # fmt: skip
_RANGES: Final = (
    "10.0.0.0", "10.0.0.0/33", "10.0.0.0/-1", "10.0.0.300/24", "/24", "10.0.0.1/24", "fd00::/129", "10.0.0.0/a", "", "all",
    "10.0.0.0/024", "::/0", "0.0.0.0/0", "10.0.0.0 /8",
)  # fmt: skip
_DURATIONS: Final = ("5", "5 m", "m", "1d", "-5m", "5min", "1h30", "", "PT5M", "1.5h", "0", "5M", "1h30m", "0s")
_SCHEDULES: Final = (
    "* * * *", "60 * * * *", "* 24 * * *", "* * 32 * *", "* * * 13 *", "* * * * 8", "@hourl", "a b c d e", "", "*/0 * * * *",
    "* * * * * *", "@every 5", "5-1 * * * *", "TZ=UTC 0 0 * * *", "CRON_TZ=UTC 0 0 * * *", "@daily", "0 0 * * SUN-TUE", "0 0 31 2 *",
    "1,,2 * * * *", "* * 0 * *", "@every 5m", "0 0 ? * ?", "*/70 * * * *", "0 0 * JAN MON", "1-5/2 * * * *", "-1 * * * *",
)  # fmt: skip
_ZONES: Final = ("Europe/Nowhere", "UTC+1", "local", "Local", "", "europe/berlin", "Etc/UTC", "../etc", "CET", " UTC")
_PATHS: Final = (
    "",
    "relative",
    "../up",
    "/a/../b",
    "a:b",
    "/a:b",
    "..",
    "/",
    "./a",
    "a/..",
    "/x" * 3000,
    "//",
    "..data",
)
_ENV_NAMES: Final = ("", "1A", "A B", "A=B", "a.b-c_d", "Ä", "A/B", "..", "=", "x" * 300, "A\tB")
_DATA_KEYS: Final = ("a b", "a/b", "..", ".", "..a", "ü", "x" * 254, "a:b", "", "A_b-c.d", "a@")
_PORT_NAMES: Final = ("UPPER", "a_b", "-a", "a-", "toolongforaport-x", "8080", "80a", "a--b", "", "a.b", "ü", "web")
_PERCENTS: Final = ("50", "150%", "-5%", "abc", "50 %", "%", "", "0%", "100%", "12.5%", "5%%", "-1", "25%")
_TIMES: Final = ("yesterday", "2026-01-01", "2026-13-01T00:00:00Z", "2026-01-01T00:00:00", "", "2026-01-01T00:00:00Z")
_IMAGES: Final = ("", " a", "a ", "A/b", "a:b:c", "a b", "@", "-")
_BASE64: Final = ("%%%", "abc", "a===", "YQ", "YQ==x", "Y Q==", "YQ==", "ü", "a_-b", "YWJj\\n")
_URLS: Final = (
    "http://",
    "example.com",
    "https://x y",
    "ftp://x",
    "",
    "https://a/%zz",
    "https://u:p@h/x",
    "//h",
    "https://h?q#f",
)

_RANGE_NAMES: Final = frozenset({"cidr", "except", "podCIDR", "podCIDRs", "cidrs", "loadBalancerSourceRanges"})
_ADDRESS_NAMES: Final = frozenset(
    {
        "ip",
        "clusterIP",
        "clusterIPs",
        "externalIPs",
        "loadBalancerIP",
        "hostIP",
        "nameservers",
        "parentRef",
        "addresses",
        "podIP",
    }
)
_NAMED: Final = frozenset(
    {"name", "namespace", "claimName", "secretName", "configMapName", "serviceName", "volumeName"}
)


def _one_of(place: Place, values: tuple[str, ...], chance: Random) -> Change:
    return replaced(place, text_of(chance.choice([value for value in values if value != place.value])))


@mutation("bad-object-name")
def object_name(place: Place, chance: Random) -> Change:
    return (
        _one_of(place, _NAMES, chance)
        if place.pointer in {("metadata", "name"), ("metadata", "generateName")}
        else None
    )


@mutation("bad-namespace")
def namespace(place: Place, chance: Random) -> Change:
    return _one_of(place, _NAMES, chance) if place.pointer == ("metadata", "namespace") else None


@mutation("bad-name-inside")
def name_inside(place: Place, chance: Random) -> Change:
    named = place.name in _NAMED or place.name.endswith(("Name", "Names"))
    return _one_of(place, _NAMES, chance) if is_text(place) and named and place.pointer[0] != "metadata" else None


@mutation("bad-label-value")
def label_value(place: Place, chance: Random) -> Change:
    above = place.above
    if above is None or place.key is None or above.name not in {"labels", "matchLabels", "nodeSelector", "selector"}:
        return None
    return _one_of(place, _LABEL_VALUES, chance)


@mutation("bad-label-key")
def label_key(place: Place, chance: Random) -> Change:
    above = place.above
    names = {"labels", "annotations", "matchLabels", "nodeSelector", "selector"}
    if above is None or place.key is None or above.name not in names or "additionalProperties" not in place.inside:
        return None
    return renamed(place, text_of(chance.choice(_LABEL_KEYS)))


@mutation("bad-annotation")
def annotation(place: Place, chance: Random) -> Change:
    if place.pointer != ("metadata", "name"):
        return None
    others = {key.value for key, _ in place.siblings}
    if "annotations" in others:
        return None
    key = chance.choice([*_LABEL_KEYS, "a.com/b"])
    value = chance.choice(["1", "true", "null", "x", "{}", '"' + "x" * 262200 + '"'])
    return inserted(place.parent, "annotations", f"{{{text_of(key)}: {value}}}")


@mutation("bad-enum-value")
def enum_value(place: Place, chance: Random) -> Change:
    if "enum" not in place.shape or not isinstance(place.value, str):
        return None
    return replaced(place, chance.choice(["Bogus", f"{place.value}s", place.value[:-1] or "x", "None", "Default"]))


@mutation("enum-case")
def enum_case(place: Place, _: Random) -> Change:
    if "enum" not in place.shape or not isinstance(place.value, str):
        return None
    changed = place.value.lower() if place.value != place.value.lower() else place.value.upper()
    return replaced(place, text_of(changed)) if changed != place.value else None


@mutation("another-enum-value")
def another_enum_value(place: Place, chance: Random) -> Change:
    others = [value for value in place.shape.get("enum", ()) if value not in {place.value, ""}]
    return replaced(place, text_of(chance.choice(others))) if others and isinstance(place.value, str) else None


@mutation("bad-quantity")
def quantity(place: Place, chance: Random) -> Change:
    return _one_of(place, _QUANTITIES, chance) if typed(place.shape) == "quantity" else None


@mutation("bad-resource-name")
def resource_name(place: Place, chance: Random) -> Change:
    if typed(place.shape) != "quantity" or place.key is None or "additionalProperties" not in place.inside:
        return None
    names = (
        "cpus",
        "Memory",
        "mem",
        "gpu",
        "example.com/gpu",
        "hugepages-2Mi",
        "requests.cpu",
        "a b",
        "storage",
        "pods",
        "x/y/z",
    )
    return renamed(place, chance.choice(names))


@mutation("bad-port")
def port(place: Place, chance: Random) -> Change:
    if not is_number(place) or not place.name.lower().endswith(("port", "ports")):
        return None
    return replaced(place, chance.choice(["0", "-1", "65536", "100000", "1.5", '"http"', '"80"', '"HTTP_PORT"', "80"]))


@mutation("bad-port-name")
def port_name(place: Place, chance: Random) -> Change:
    if not isinstance(place.value, str):
        return None
    named = place.name == "name" and any(part in {"ports", "port"} for part in place.pointer)
    return _one_of(place, _PORT_NAMES, chance) if named or "port" in place.name.lower() else None


@mutation("bad-address")
def address(place: Place, chance: Random) -> Change:
    return _one_of(place, _ADDRESSES, chance) if is_text(place) and place.name in _ADDRESS_NAMES else None


@mutation("bad-address-range")
def address_range(place: Place, chance: Random) -> Change:
    return _one_of(place, _RANGES, chance) if is_text(place) and place.name in _RANGE_NAMES else None


@mutation("bad-duration")
def duration(place: Place, chance: Random) -> Change:
    pattern = str(place.shape.get("pattern", "")) + str(place.shape.get("format", ""))
    timed = "ms" in pattern or "duration" in pattern or place.name in {"interval", "timeout"}
    return _one_of(place, _DURATIONS, chance) if isinstance(place.value, str) and timed else None


@mutation("bad-schedule")
def schedule(place: Place, chance: Random) -> Change:
    return _one_of(place, _SCHEDULES, chance) if is_text(place) and place.name == "schedule" else None


@mutation("bad-time-zone")
def time_zone(place: Place, chance: Random) -> Change:
    if place.name == "timeZone" and is_text(place):
        return _one_of(place, _ZONES, chance)
    if (
        place.name == "schedule"
        and place.seed.kind == "CronJob"
        and not any(k.value == "timeZone" for k, _ in place.siblings)
    ):
        return inserted(place.parent, "timeZone", text_of(chance.choice(_ZONES)))
    return None


@mutation("bad-path")
def path(place: Place, chance: Random) -> Change:
    named = place.name.lower().endswith("path") or place.name in {"workingDir", "subPathExpr", "key"}
    return _one_of(place, _PATHS, chance) if is_text(place) and named else None


@mutation("bad-environment-name")
def environment_name(place: Place, chance: Random) -> Change:
    inside = len(place.pointer) > 2 and place.pointer[-3:-2] == ("env",) and place.name == "name"
    return _one_of(place, _ENV_NAMES, chance) if inside else None


@mutation("bad-data-key")
def data_key(place: Place, chance: Random) -> Change:
    if len(place.pointer) == 2 and place.pointer[0] in {"data", "stringData", "binaryData"}:
        return renamed(place, text_of(chance.choice(_DATA_KEYS)))
    return None


@mutation("bad-base64")
def base64(place: Place, chance: Random) -> Change:
    is_bytes = place.shape.get("format") == "byte" or (place.seed.kind == "Secret" and place.pointer[:-1] == ("data",))
    return _one_of(place, _BASE64, chance) if is_bytes and isinstance(place.value, str) else None


@mutation("bad-percentage")
def percentage(place: Place, chance: Random) -> Change:
    return _one_of(place, _PERCENTS, chance) if typed(place.shape) == "int-or-string" else None


@mutation("bad-time")
def time(place: Place, chance: Random) -> Change:
    if place.pointer == ("metadata", "name"):
        return inserted(place.parent, "creationTimestamp", text_of(chance.choice(_TIMES)))
    return _one_of(place, _TIMES, chance) if place.shape.get("format") == "date-time" else None


@mutation("bad-image")
def image(place: Place, chance: Random) -> Change:
    return _one_of(place, _IMAGES, chance) if place.name == "image" and is_text(place) else None


@mutation("bad-url")
def url(place: Place, chance: Random) -> Change:
    return (
        _one_of(place, _URLS, chance)
        if is_text(place) and place.name in {"url", "address", "issuer", "endpoint"}
        else None
    )


@mutation("long-string")
def long_string(place: Place, chance: Random) -> Change:
    if not is_text(place) or place.key is None:
        return None
    return replaced(place, "x" * chance.choice([16, 64, 129, 254, 300, 2049, 5000]))


@mutation("odd-characters")
def odd_characters(place: Place, chance: Random) -> Change:
    if not is_text(place) or not place.value or "\n" in place.value:
        return None
    changed = chance.choice(
        [
            f" {place.value}",
            f"{place.value} ",
            f"{place.value}!",
            f"{place.value}/",
            place.value.upper(),
            f"{place.value}_",
        ]
    )
    return replaced(place, text_of(changed)) if changed != place.value else None


@mutation("odd-item")
def odd_item(place: Place, chance: Random) -> Change:
    """Put a strange string among strings."""
    if not isinstance(place.value, list) or not place.value or not isinstance(place.value[0], str):
        return None
    return added(
        place.node, place.seed.text, text_of(chance.choice(["", "*", "a b", "Bogus", place.value[0], "x/y", "UPPER"]))
    )
