"""Who may give an order. What is not known is refused."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gitops_action.chat.commands import Role

if TYPE_CHECKING:
    from collections.abc import Callable

    from gitops_action.chat.commands import Order
    from gitops_action.config.promotion import Permission


def refused(  # noqa: PLR0913 - what is known of the person
    order: Order,
    login: str,
    role: str,
    permission: Permission | None,
    in_team: Callable[[str, str], bool | None],
    *,
    fork: bool,
) -> str:
    """Return why a person may not give an order, "" if they may.

    `role` is the person's in the repository, "" if it is not known; `in_team` says whether a person is in a team, None if
    the token may not know.
    """
    return _by_role(order, role, fork=fork) or _by_name(order, login, permission, in_team)


def _by_role(order: Order, role: str, *, fork: bool) -> str:
    definition = order.definition
    if fork and not definition.for_forks:
        return "pull requests of forks can only be checked"
    try:
        enough = Role(role).rank >= definition.role.rank
    except ValueError:
        enough = False
    return "" if enough else f"`/{definition.name}` needs the role `{definition.role}` in this repository"


def _by_name(
    order: Order, login: str, permission: Permission | None, in_team: Callable[[str, str], bool | None]
) -> str:
    if order.definition.environment is None or permission is None or not (permission.users or permission.teams):
        return ""
    if login.casefold() in {user.casefold() for user in permission.users}:
        return ""
    answers = [in_team(team, login) for team in permission.teams]
    if True in answers:
        return ""
    if None in answers:
        return (
            f"who is in {', '.join(permission.teams)} is not known to this token: give it `members: read` (a GitHub App), "
            "or name `users`"
        )
    named = ", ".join((*permission.users, *permission.teams))
    return f"only {named} may change {order.environment}"
