"""Probes and lifecycle handlers of containers."""

from __future__ import annotations

from typing import Final

from tests.unit.validate.rules.cases_containers import in_both

WEB: Final = "containers.0"
TABLES: Final = in_both()
for spec in TABLES:
    for probe in ("livenessProbe", "readinessProbe", "startupProbe"):
        place = f"{WEB}.{probe}"
        spec.value("required-field", place, {}, {"periodSeconds": 5})
        for field in ("initialDelaySeconds", "timeoutSeconds", "periodSeconds", "failureThreshold", "successThreshold"):
            spec.value("invalid-value", f"{place}.{field}", -1)
            spec.values(f"{place}.{field}", 0)
        spec.bad(f"{probe} of nothing", "required-field", f"{place}.exec.command", {place: {"exec": {}}})
        spec.bad(
            f"{probe} of no command", "required-field", f"{place}.exec.command", {place: {"exec": {"command": []}}}
        )
        for port in (0, 65536, "80", "HTTP", ""):
            code = "invalid-value" if isinstance(port, int) else "invalid-format"
            for handler in ("httpGet", "tcpSocket"):
                spec.bad(
                    f"{probe} {handler} {port!r}", code, f"{place}.{handler}.port", {place: {handler: {"port": port}}}
                )
        spec.good(f"{probe} gRPC", {place: {"grpc": {"port": 80}}})
        spec.bad(f"{probe} gRPC 0", "invalid-value", f"{place}.grpc.port", {place: {"grpc": {"port": 0}}})
        spec.bad(
            f"{probe} of two kinds",
            "forbidden-field",
            f"{place}.grpc",
            {place: {"exec": {"command": ["a"]}, "grpc": {"port": 80}}},
        )
    spec.value("invalid-value", f"{WEB}.livenessProbe.successThreshold", 2)
    spec.value("invalid-value", f"{WEB}.startupProbe.successThreshold", 2)
    spec.value("invalid-value", f"{WEB}.startupProbe.terminationGracePeriodSeconds", 0, -1)
    spec.value("forbidden-field", f"{WEB}.readinessProbe.terminationGracePeriodSeconds", 5, 0)
    spec.value("invalid-format", f"{WEB}.livenessProbe.httpGet.httpHeaders.0.name", "a b", "a_b", "")
    spec.values(f"{WEB}.livenessProbe.httpGet.path", "", "no slash")
    spec.values(f"{WEB}.livenessProbe.httpGet.port", "other", 8080)
    for event in ("postStart", "preStop"):
        place = f"{WEB}.lifecycle.{event}"
        spec.value("required-field", place, {})
        spec.bad(
            f"{event} of two kinds",
            "forbidden-field",
            f"{place}.tcpSocket",
            {place: {"exec": {"command": ["a"]}, "tcpSocket": {"port": 80}}},
        )
        spec.bad(f"{event} of nothing", "required-field", f"{place}.exec.command", {place: {"exec": {}}})
        for seconds, good in ((0, True), (30, True), (31, False), (-1, False)):
            change = {place: {"sleep": {"seconds": seconds}}}
            if good:
                spec.good(f"{event}: sleep {seconds}", change)
            else:
                spec.bad(f"{event}: sleep {seconds}", "invalid-value", f"{place}.sleep.seconds", change)
        spec.good(f"{event}: sleep longer", {place: {"sleep": {"seconds": 90}}, "terminationGracePeriodSeconds": 90})
    spec.good("no handlers", {f"{WEB}.lifecycle": {}})

CASES: Final = [case for table in TABLES for case in table.cases]
