"""The formats that rules can name: `!format.dns1123Label().validate(self).hasValue()`.

Follows https://github.com/kubernetes/apiserver/blob/master/pkg/cel/library/format.go. A format is a text with a mark, and
so is what `validate` and `format.named` return, which are optional values on the server.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from gitops_action.validate import formats
from gitops_action.validate.cel.refusal import FunctionError
from gitops_action.validate.rules import forms

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from gitops_action.validate.rules.forms import Form

_MARK: Final = "format:"
_FITS: Final = "fits:"
_FAILS: Final = "fails:"


def _prefix(form: Form) -> Callable[[str], bool]:
    """Take what may stand before a generated end (maskTrailingDash, apimachinery/pkg/api/validation/generic.go)."""
    return lambda text: form.fits(text[:-2] + "a" if len(text) > 1 and text.endswith("-") else text)


def _served(name: str) -> Callable[[str], bool]:
    return formats.CHECKERS[formats.PREFIX + name]


NAMES: Final[Mapping[str, Callable[[str], bool]]] = {
    "dns1123Label": forms.DNS_LABEL.fits,
    "dns1123Subdomain": forms.DNS_SUBDOMAIN.fits,
    "dns1035Label": forms.DNS_1035_LABEL.fits,
    "qualifiedName": forms.QUALIFIED_NAME.fits,
    "dns1123LabelPrefix": _prefix(forms.DNS_LABEL),
    "dns1123SubdomainPrefix": _prefix(forms.DNS_SUBDOMAIN),
    "dns1035LabelPrefix": _prefix(forms.DNS_1035_LABEL),
    "labelValue": forms.LABEL_VALUE.fits,
    "uri": _served("uri"),
    "uuid": _served("uuid"),
    "byte": _served("byte"),
    "date": _served("date"),
    "datetime": _served("datetime"),
}


def named(name: str) -> str:
    """`format.named(name)`; one that does not exist fits the mark of no value."""
    return _MARK + name if name in NAMES else _FITS


def constant(name: str) -> Callable[[], str]:
    """Return the function `format.NAME()`."""
    return lambda: _MARK + name


def validate(form: str, text: str) -> str:
    """`validate`: what is wrong, marked, or the mark of no value."""
    name = form.removeprefix(_MARK)
    if not form.startswith(_MARK) or name not in NAMES:
        raise ValueError("no format")
    return _FITS if NAMES[name](text) else f"{_FAILS}{name}"


def has_value(result: str) -> bool:
    """`hasValue` of a format or of what `validate` returned."""
    return _known(result) != _FITS


def value(result: str) -> str | list[str]:
    """`value` of a format or of what `validate` returned."""
    if _known(result) == _FITS:
        raise FunctionError("optional.none() dereference")
    return [f"it is no {result.removeprefix(_FAILS)}"] if result.startswith(_FAILS) else result


def _known(result: str) -> str:
    if not result.startswith((_MARK, _FITS, _FAILS)):
        raise ValueError("no optional value")
    return result
