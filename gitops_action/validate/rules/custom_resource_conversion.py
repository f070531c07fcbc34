"""How the versions of a custom resource are converted, after apiextensions' validateCustomResourceConversion."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from gitops_action.validate.rules import values
from gitops_action.validate.rules.forms import DNS_1035_LABEL
from gitops_action.validate.rules.webhooks import client_config

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from gitops_action.model import Pointer
    from gitops_action.validate.rules.check import Check

_STRATEGIES: Final = ("None", "Webhook")
_REVIEW_VERSIONS: Final = ("v1", "v1beta1")


def conversion(check: Check, value: Mapping[str, Any], at: Pointer) -> None:
    """Follow validateCustomResourceConversion."""
    strategy, webhook = value.get("strategy"), value.get("webhook")
    at_webhook = (*at, "webhook")
    values.one_of(check, strategy, (*at, "strategy"), _STRATEGIES)
    if strategy == "Webhook":
        if webhook is None:
            check.required(at_webhook, "with strategy Webhook")
            return
        if (config := webhook.get("clientConfig")) is None:
            check.required((*at_webhook, "clientConfig"), "with strategy Webhook")
        else:
            client_config(check, config, (*at_webhook, "clientConfig"))
        if (versions := webhook.get("conversionReviewVersions")) is not None:
            _review_versions(check, versions, (*at_webhook, "conversionReviewVersions"))
    elif (
        strategy == "None"
        and webhook
        and (webhook.get("clientConfig") is not None or webhook.get("conversionReviewVersions"))
    ):
        check.forbidden(at_webhook, "unless strategy is Webhook")


def _review_versions(check: Check, versions: Sequence[str | None], at: Pointer) -> None:
    """Follow validateConversionReviewVersions."""
    if not versions:
        check.required(at, "with strategy Webhook")
        return
    for index, version in enumerate(versions):
        if version in versions[:index]:
            check.duplicate((*at, index), version)
        else:
            check.form((*at, index), version or "", DNS_1035_LABEL)
    if not any(version in _REVIEW_VERSIONS for version in versions):
        values.wrong(check, at, f"must have {' or '.join(_REVIEW_VERSIONS)}")
