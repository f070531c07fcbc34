"""`.gitops.yaml`: reading it, whose settings are in force, and what they make of findings."""

from gitops_action.config.charts import Charts, TreeChart
from gitops_action.config.comments import Comment
from gitops_action.config.load import ConfigError, find, load
from gitops_action.config.locations import SchemaLocation
from gitops_action.config.model import (
    COMMENT_AUTHOR,
    Config,
    Engine,
    Environment,
    FailOn,
    LoadRestrictor,
    Render,
    Settings,
)
from gitops_action.config.names import FILE_NAMES
from gitops_action.config.policies import Applied, apply_policies
from gitops_action.config.precedence import Source, in_force
from gitops_action.config.suppressions import InlineSuppressions, Suppression

__all__ = [
    "COMMENT_AUTHOR",
    "FILE_NAMES",
    "Applied",
    "Charts",
    "Comment",
    "Config",
    "ConfigError",
    "Engine",
    "Environment",
    "FailOn",
    "InlineSuppressions",
    "LoadRestrictor",
    "Render",
    "SchemaLocation",
    "Settings",
    "Source",
    "Suppression",
    "TreeChart",
    "apply_policies",
    "find",
    "in_force",
    "load",
]
