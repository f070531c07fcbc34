"""`.gitops.yaml`: reading it, whose settings are in force, and what they make of findings."""

from gitops_action.config.load import ConfigError, find, load
from gitops_action.config.model import (
    COMMENT_AUTHOR,
    FILE_NAMES,
    Config,
    Engine,
    Environment,
    FailOn,
    LoadRestrictor,
    Render,
    Settings,
    Suppression,
)
from gitops_action.config.policies import apply_policies
from gitops_action.config.precedence import Source, in_force

__all__ = [
    "COMMENT_AUTHOR",
    "FILE_NAMES",
    "Config",
    "ConfigError",
    "Engine",
    "Environment",
    "FailOn",
    "LoadRestrictor",
    "Render",
    "Settings",
    "Source",
    "Suppression",
    "apply_policies",
    "find",
    "in_force",
    "load",
]
