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
    Code(
        "image-policy-invalid",
        Severity.ERROR,
        "A policy of images cannot be used.",
        "The ImagePolicy, its ImageRepository or the policy in the configuration says something that makes no sense: no "
        "image, no range of versions, an expression that RE2 does not take, or an ImageRepository that is not in the tree.",
        "The message says what is wrong and the place says where. Mend it; the other policies are followed meanwhile.",
    ),
    Code(
        "image-policy-empty",
        Severity.WARNING,
        "No tag of an image is what a policy asks for.",
        "The registry was read, but its tags are left out by the filter, are none that the order of the policy can read, or "
        "are outside of its range. The message counts them.",
        "Look at the range and the filter, and at what the tags are called.",
    ),
    Code(
        "image-policy-broad",
        Severity.ERROR,
        "A policy would have to ask a registry for too many images.",
        "Which image was made last, or has the greatest label, is only known by asking for each of them.",
        "Narrow the tags down with a `filter`, or choose an order by the tag itself.",
    ),
    Code(
        "image-policy-unused",
        Severity.WARNING,
        "A policy of images sets nothing.",
        "No marker names it, and in the files of its `paths` its image is not used.",
        "Look at the name of the image and at the paths, add a marker, or remove the policy.",
    ),
    Code(
        "image-policy-absent",
        Severity.INFO,
        "A marker names a policy that is not in this repository.",
        "The value behind the marker is left as it is. Its ImagePolicy may be in another repository, or the name is wrong.",
        "Nothing, if the policy is elsewhere. Otherwise correct the namespace and the name in the marker.",
    ),
    Code(
        "image-updated-by-flux",
        Severity.INFO,
        "Flux itself updates an image that is updated here.",
        "An ImageUpdateAutomation of this repository finds the same marker in its folder, and follows the same policy. Flux commits "
        "what it finds straight away, and what is proposed here comes to nothing, or both propose the same.",
        "Let one of them go. Set `suspend: true` in the ImageUpdateAutomation or remove it; or leave the image to Flux: run "
        "`image update` for other policies only.",
    ),
    Code(
        "image-policy-conflict",
        Severity.ERROR,
        "Two policies set one value.",
        "A marker and a policy of the configuration, or two of those, mean the same place in a file. As it cannot follow "
        "both, neither is.",
        "Let one of them go: remove the marker, or narrow the `paths`.",
    ),
    Code(
        "image-not-editable",
        Severity.ERROR,
        "A value that holds an image cannot be edited safely.",
        "The edit would change something else too, or the file cannot be taken apart; mostly an anchor that aliases use.",
        "Edit it by hand, or write the value in its own place.",
    ),
    Code(
        "image-not-set",
        Severity.ERROR,
        "An image was not set as `image set` was asked to.",
        "The environment or the component is held, by a rollback or a lock, or the value is pinned to a digest and none was "
        "given.",
        "Lift the hold with `unlock` if it is over, or give TAG@DIGEST.",
    ),
)
