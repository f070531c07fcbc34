"""Configurations of webhooks, as pkg/apis/admissionregistration/validation/validation.go judges them after defaulting."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from gitops_action.validate import urls
from gitops_action.validate.rules import values
from gitops_action.validate.rules.admission_rules import ADMISSION_ROOTS, match_conditions, rule_with_operations
from gitops_action.validate.rules.alternatives import excess
from gitops_action.validate.rules.forms import DNS_1035_LABEL, DNS_SUBDOMAIN, FULLY_QUALIFIED_NAME
from gitops_action.validate.rules.selectors import label_selector

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from gitops_action.model import Pointer
    from gitops_action.validate.rules.check import Check

_REVIEW_VERSIONS: Final = ("v1", "v1beta1")
_WITHOUT_EFFECT: Final = ("None", "NoneOnDryRun")
_LONGEST_TIMEOUT: Final = 30
_ENUMERATED: Final = ("failurePolicy", "matchPolicy", "reinvocationPolicy")


def webhook_configuration(check: Check, value: Mapping[str, Any], at: Pointer) -> None:
    """Follow validateValidatingWebhookConfiguration, and the same for mutating ones."""
    names: set[str] = set()
    for index, hook in enumerate(value.get("webhooks") or ()):
        if not hook:
            continue
        at_hook = (*at, "webhooks", index)
        _webhook(check, hook, at_hook)
        name = hook.get("name")
        if name and name in names:
            check.duplicate((*at_hook, "name"), name)
        names.add(name)


def _webhook(check: Check, hook: Mapping[str, Any], at: Pointer) -> None:
    """Follow validateValidatingWebhook and validateMutatingWebhook."""
    name = hook.get("name")
    if not (name and FULLY_QUALIFIED_NAME.fits(name)):
        values.named(check, name, (*at, "name"), FULLY_QUALIFIED_NAME)
    for index, rule in enumerate(hook.get("rules") or ()):
        rule_with_operations(check, rule or {}, (*at, "rules", index))
    _behaviour(check, hook, at)
    for field in ("namespaceSelector", "objectSelector"):
        if selector := hook.get(field):
            label_selector(check, selector, (*at, field))
    config = hook.get("clientConfig")
    if config is not None:
        client_config(check, config, (*at, "clientConfig"))
    if conditions := hook.get("matchConditions"):
        match_conditions(check, conditions, (*at, "matchConditions"), ADMISSION_ROOTS)
    if (versions := hook.get("admissionReviewVersions")) is not None:
        _review_versions(check, versions, (*at, "admissionReviewVersions"))


def _behaviour(check: Check, hook: Mapping[str, Any], at: Pointer) -> None:
    for field in _ENUMERATED:
        if hook.get(field) == "":
            values.not_empty(check, "", (*at, field))
    effects = hook.get("sideEffects")
    if effects is not None and effects not in _WITHOUT_EFFECT:
        check.invalid("invalid-enum", (*at, "sideEffects"), effects, " or ".join(_WITHOUT_EFFECT))
    seconds = hook.get("timeoutSeconds")
    if seconds is not None:
        values.within(check, seconds, (*at, "timeoutSeconds"), 1, _LONGEST_TIMEOUT)


def _review_versions(check: Check, versions: Sequence[str | None], at: Pointer) -> None:
    """Follow validateAdmissionReviewVersions."""
    known = False
    for index, version in enumerate(versions):
        if index and version in versions[:index]:
            check.duplicate((*at, index), version)
        elif version in _REVIEW_VERSIONS:
            known = True
        else:
            check.form((*at, index), version or "", DNS_1035_LABEL)
    if not known:
        values.wrong(check, at, f"must have {' or '.join(_REVIEW_VERSIONS)}")


def client_config(check: Check, config: Mapping[str, Any], at: Pointer) -> None:
    """Follow what validateValidatingWebhook says of clientConfig, with the functions of apiserver's pkg/util/webhook."""
    url, service = config.get("url"), config.get("service")
    if url is not None and service is not None:
        check.forbidden((*at, excess(config, "url", "service")), "beside the other of url and service")
    elif url is not None:
        if not _is_endpoint(url):
            expected = "a URL of the form https://HOST/PATH, without user, query and fragment"
            check.invalid("invalid-format", (*at, "url"), url, expected)
    elif service is None:
        values.wrong(check, at, "must have url or service", "required-field")
    else:
        _service(check, service, (*at, "service"))


def _is_endpoint(text: str) -> bool:
    """Follow ValidateWebhookURL, apiserver pkg/util/webhook/validation.go."""
    whole, _, fragment = text.partition("#")
    url = urls.parse(whole)
    if url is None or url.scheme != "https" or not url.host or url.query or fragment:
        return False
    return "@" not in whole.partition("//")[2].partition("/")[0]


def _service(check: Check, service: Mapping[str, Any], at: Pointer) -> None:
    """Follow ValidateWebhookService, apiserver pkg/util/webhook/validation.go."""
    for field in ("name", "namespace"):
        values.filled(check, service, at, field)
    values.port(check, service.get("port"), (*at, "port"))
    path = service.get("path") or "/"
    if path == "/":
        return
    steps = path[1:].removesuffix("/").split("/")
    if not path.startswith("/") or not all(DNS_SUBDOMAIN.fits(step) for step in steps):
        check.invalid("invalid-format", (*at, "path"), path, "an absolute path whose parts are DNS subdomains")
