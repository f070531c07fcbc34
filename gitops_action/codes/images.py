"""Codes of image updates, and of the registries that are asked for them."""

from __future__ import annotations

from typing import Final

from gitops_action.codes.code import Code
from gitops_action.model import Severity

IMAGES: Final = (
    Code(
        "registry-denied",
        Severity.ERROR,
        "A registry does not let us read an image.",
        "It wants credentials and none were given for it, or those that were given are wrong or may not read this image. "
        "Many registries say the same of images that do not exist.",
        "Give credentials of an account that may only read, by the input `registry-credentials` (on a command line the "
        "variable REGISTRY_CREDENTIALS), and look whether the name is right.",
    ),
    Code(
        "registry-missing",
        Severity.ERROR,
        "A registry does not have the image that it was asked for.",
        "The registry answered that there is no such repository, tag or digest.",
        "Look whether the name of the image is right, and whether it was pushed.",
    ),
    Code(
        "registry-unavailable",
        Severity.ERROR,
        "A registry could not be asked, or its answer is of no use.",
        "It was not reached, answered too late, too much or without end, limits how often it may be asked, or answered with "
        "something that is not what a registry says, such as a login page. The message says which.",
        "Run it again where the registry was out of order. Otherwise look at the address, and at what stands between here "
        "and there. A registry without TLS has to be listed in the configuration.",
    ),
)
