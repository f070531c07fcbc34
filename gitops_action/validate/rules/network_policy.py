"""NetworkPolicies, as pkg/apis/networking/validation/validation.go judges them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from gitops_action.validate.rules import values
from gitops_action.validate.rules.addresses import is_smaller_part
from gitops_action.validate.rules.alternatives import excess
from gitops_action.validate.rules.forms import cidr
from gitops_action.validate.rules.selectors import label_selector

if TYPE_CHECKING:
    from collections.abc import Mapping

    from gitops_action.model import Pointer
    from gitops_action.validate.rules.check import Check

_DIRECTIONS: Final = (("ingress", "from"), ("egress", "to"))
_MOST_TYPES: Final = 2


def network_policy(check: Check, value: Mapping[str, Any], at: Pointer) -> None:
    """Follow ValidateNetworkPolicySpec, pkg/apis/networking/validation/validation.go."""
    spec = value.get("spec") or {}
    at_spec = (*at, "spec")
    if selector := spec.get("podSelector"):
        label_selector(check, selector, (*at_spec, "podSelector"))
    for direction, peers in _DIRECTIONS:
        for index, rule in enumerate(spec.get(direction) or ()):
            if rule:
                _rule(check, rule, (*at_spec, direction, index), peers)
    types = spec.get("policyTypes") or ()
    at_types = (*at_spec, "policyTypes")
    if len(types) > _MOST_TYPES:
        values.wrong(check, (*at_types, _MOST_TYPES), "is one too many: there are two policy types", "limit-exceeded")
    for index, kind in enumerate(types):
        if not kind:
            values.not_empty(check, "", (*at_types, index))


def _rule(check: Check, rule: Mapping[str, Any], at: Pointer, peers: str) -> None:
    for index, port in enumerate(rule.get("ports") or ()):
        if port:
            _port(check, port, (*at, "ports", index))
    for index, peer in enumerate(rule.get(peers) or ()):
        _peer(check, peer or {}, (*at, peers, index))


def _port(check: Check, value: Mapping[str, Any], at: Pointer) -> None:
    """Follow ValidateNetworkPolicyPort, pkg/apis/networking/validation/validation.go."""
    port, end = value.get("port"), value.get("endPort")
    if port is not None:
        values.port(check, port, (*at, "port"))
    if value.get("protocol") == "":
        values.not_empty(check, "", (*at, "protocol"))
    if end is None:
        return
    at_end = (*at, "endPort")
    if port is None:
        check.forbidden(at_end, "without port")
    elif isinstance(port, str):
        check.forbidden(at_end, "when port is a name")
    elif end < port:
        check.invalid("invalid-value", at_end, end, f"at least port, which is {port}")
    else:
        values.port(check, end, at_end)


def _peer(check: Check, peer: Mapping[str, Any], at: Pointer) -> None:
    """Follow ValidateNetworkPolicyPeer, pkg/apis/networking/validation/validation.go."""
    block = peer.get("ipBlock")
    found = False
    for field in ("podSelector", "namespaceSelector"):
        selector = peer.get(field)
        if selector is None:
            continue
        found = True
        if selector:
            label_selector(check, selector, (*at, field))
        if block is not None:
            at_excess = (*at, excess(peer, "ipBlock", field))
            check.forbidden(at_excess, "beside the other: a peer has an ipBlock or selectors")
            block = None
    if block is not None:
        _block(check, block, (*at, "ipBlock"))
    elif not found and peer.get("ipBlock") is None:
        values.wrong(check, at, "must have podSelector, namespaceSelector or ipBlock", "required-field")


def _block(check: Check, block: Mapping[str, Any], at: Pointer) -> None:
    """Follow ValidateIPBlock, pkg/apis/networking/validation/validation.go."""
    whole, form = block.get("cidr") or "", cidr(check.minor)
    good = values.filled(check, block, at, "cidr") and check.form((*at, "cidr"), whole, form)
    for index, part in enumerate(block.get("except") or ()):
        at_part = (*at, "except", index)
        if check.form(at_part, part or "", form) and good and not is_smaller_part(part, whole):
            check.invalid("invalid-value", at_part, part, f"a part of cidr, which is {whole}")
