"""The JSON that GitHub answers with, made from the fake's state; `holding` checks all of it."""

from __future__ import annotations

import zlib
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import quote

if TYPE_CHECKING:
    from tests.github.state import Artifact, CheckRun, Comment, Deployed, Issue, Pull, State, Status

JSON = dict[str, Any]
DOCS: Final = "https://docs.github.com/rest"
_ACTIONS: Final = "github-actions[bot]"
_WHEN: Final = "2026-01-01T00:00:00Z"
_REPOSITORY_URLS: Final = (
    "archive assignees blobs branches collaborators comments commits compare contents contributors deployments downloads "
    "events forks git_commits git_refs git_tags hooks issue_comment issue_events issues keys labels languages merges "
    "milestones notifications pulls releases stargazers statuses subscribers subscription tags teams trees"
)
_USER_URLS: Final = (
    "events",
    "followers",
    "following",
    "gists",
    "organizations",
    "received_events",
    "repos",
    "starred",
    "subscriptions",
)


def number_of(text: str) -> int:
    """Give a thing a number that is the same in each run."""
    return zlib.crc32(text.encode())


def error(message: str, status: int) -> JSON:
    """Say what went wrong, as most answers do."""
    return {"message": message, "documentation_url": DOCS, "status": str(status)}


def invalid(message: str) -> JSON:
    """Refuse a comment's body (422)."""
    problem = {"resource": "IssueComment", "code": "unprocessable", "field": "data", "message": message}
    return {"message": "Validation Failed", "errors": [problem], "documentation_url": DOCS}


def user(api: str, login: str) -> JSON:
    """Describe an account as it is nested in other answers."""
    url = f"{api}/users/{quote(login)}"
    return {
        "login": login,
        "id": number_of(login),
        "node_id": node_id("U", login),
        "avatar_url": f"{url}/avatar",
        "gravatar_id": "",
        "url": url,
        "html_url": f"https://github.com/{quote(login)}",
        "type": "Bot" if login.endswith("[bot]") else "User",
        "site_admin": False,
        **{f"{name}_url": f"{url}/{name}" for name in _USER_URLS},
    }


def authenticated_user(api: str, login: str) -> JSON:
    """Describe the account that a token belongs to."""
    return {
        **user(api, login),
        "user_view_type": "public",
        **dict.fromkeys(("name", "company", "blog", "location", "email", "hireable", "bio", "twitter_username")),
        **dict.fromkeys(("public_repos", "public_gists", "followers", "following"), 0),
        "created_at": _WHEN,
        "updated_at": _WHEN,
    }


def repository(api: str, state: State, full_name: str = "") -> JSON:
    """Describe a repository as it is nested in pull requests."""
    full_name = full_name or state.repository
    owner, _, name = full_name.partition("/")
    url = f"{api}/repos/{full_name}"
    html = f"https://github.com/{full_name}"
    counts = "forks forks_count open_issues open_issues_count size stargazers_count watchers watchers_count"
    return {
        "id": number_of(full_name),
        "node_id": node_id("R", full_name),
        "name": name,
        "full_name": full_name,
        "owner": user(api, owner),
        "private": state.private,
        "html_url": html,
        "url": url,
        "fork": full_name != state.repository,
        **{f"{kind}_url": f"{url}/{kind}" for kind in _REPOSITORY_URLS.split()},
        **dict.fromkeys(("description", "homepage", "language", "license", "mirror_url")),
        **dict.fromkeys(counts.split(), 0),
        **dict.fromkeys(("disabled", "has_pages"), False),
        "archived": state.archived,
        **dict.fromkeys(("has_downloads", "has_issues", "has_projects", "has_wiki"), True),
        "clone_url": f"{html}.git",
        "svn_url": html,
        "git_url": f"git://github.com/{full_name}.git",
        "ssh_url": f"git@github.com:{full_name}.git",
        "default_branch": state.default_branch,
        **dict.fromkeys(("created_at", "pushed_at", "updated_at"), _WHEN),
    }


def full_repository(api: str, state: State) -> JSON:
    """Describe the repository itself."""
    return {
        **repository(api, state),
        "has_issues": state.has_issues,
        "allow_auto_merge": state.auto_merge_allowed,
        "network_count": 0,
        "subscribers_count": 0,
        "has_discussions": False,
    }


def label(state: State, pull: Pull) -> str:
    """Return where a pull request comes from, as GitHub filters by it: owner:branch."""
    return f"{(pull.head_repository or state.repository).partition('/')[0]}:{pull.head_ref}"


def artifact(api: str, state: State, entry: Artifact) -> JSON:
    """Describe what a run uploaded."""
    url = f"{api}/repos/{state.repository}/actions/artifacts/{entry.id}"
    return {
        "id": entry.id,
        "node_id": node_id("AR", str(entry.id)),
        "name": entry.name,
        "size_in_bytes": entry.size,
        "url": url,
        "archive_download_url": f"{url}/zip",
        "expired": entry.expired,
        **dict.fromkeys(("created_at", "expires_at", "updated_at"), _WHEN),
    }


def pull_simple(api: str, state: State, pull: Pull) -> JSON:
    """Describe a pull request as lists have it."""
    url = f"{api}/repos/{state.repository}/pulls/{pull.number}"
    issue = f"{api}/repos/{state.repository}/issues/{pull.number}"
    html = f"https://github.com/{state.repository}/pull/{pull.number}"
    links = {
        "self": url,
        "html": html,
        "issue": issue,
        "comments": f"{issue}/comments",
        "commits": f"{url}/commits",
        "review_comments": f"{url}/comments",
        "review_comment": f"{api}/repos/{state.repository}/pulls/comments{{/number}}",
        "statuses": f"{api}/repos/{state.repository}/statuses/{pull.head_sha}",
    }
    return {
        "id": pull.number,
        "node_id": node_id("PR", str(pull.number)),
        "number": pull.number,
        "url": url,
        "html_url": html,
        "diff_url": f"{html}.diff",
        "patch_url": f"{html}.patch",
        "issue_url": issue,
        **{f"{name}_url": href for name, href in links.items() if name not in {"self", "html", "issue"}},
        "_links": {name: {"href": href} for name, href in links.items()},
        "state": pull.state,
        "locked": pull.locked,
        "draft": pull.draft,
        "title": pull.title,
        "user": user(api, pull.author),
        "labels": [_label(api, state, name) for name in pull.labels],
        "assignees": [user(api, login) for login in pull.assignees],
        "requested_reviewers": [user(api, login) for login in pull.reviewers],
        "requested_teams": [],
        "author_association": "CONTRIBUTOR",
        **dict.fromkeys(("assignee", "closed_at", "milestone")),
        "merge_commit_sha": pull.merge_sha or None,
        "auto_merge": _auto_merge(api, pull) if pull.auto_merge else None,
        "body": pull.body or None,
        "merged_at": _WHEN if pull.merged else None,
        **dict.fromkeys(("created_at", "updated_at"), _WHEN),
        "head": _end(api, state, pull.head_repository or state.repository, pull.head_ref, pull.head_sha),
        "base": _end(api, state, state.repository, pull.base_ref, pull.base_sha),
    }


def _end(api: str, state: State, full_name: str, ref: str, sha: str) -> JSON:
    owner = full_name.partition("/")[0]
    return {
        "label": f"{owner}:{ref}",
        "ref": ref,
        "sha": sha,
        "user": user(api, owner),
        "repo": repository(api, state, full_name),
    }


def pull_request(api: str, state: State, pull: Pull) -> JSON:
    """Describe one pull request."""
    return {
        **pull_simple(api, state, pull),
        "comments": sum(comment.pull == pull.number for comment in state.comments),
        **dict.fromkeys(("additions", "deletions", "review_comments"), 0),
        **dict.fromkeys(("changed_files", "commits"), 1),
        "mergeable": True,
        "mergeable_state": "clean",
        "merged": pull.merged,
        "maintainer_can_modify": False,
        "merged_by": None,
    }


def comment(api: str, state: State, entry: Comment) -> JSON:
    """Describe one comment."""
    issue = f"{api}/repos/{state.repository}/issues"
    return {
        "id": entry.id,
        "node_id": node_id("IC", str(entry.id)),
        "url": f"{issue}/comments/{entry.id}",
        "html_url": f"https://github.com/{state.repository}/pull/{entry.pull}#issuecomment-{entry.id}",
        "issue_url": f"{issue}/{entry.pull}",
        "body": entry.body,
        "user": user(api, entry.author),
        "created_at": entry.created_at,
        "updated_at": entry.updated_at,
        "author_association": "NONE",
        "performed_via_github_app": None,
        "minimized": {"reason": entry.minimized} if entry.minimized else None,
    }


def _label(api: str, state: State, name: str) -> JSON:
    return {
        "id": number_of(name),
        "node_id": node_id("LA", name),
        "url": f"{api}/repos/{state.repository}/labels/{quote(name)}",
        "name": name,
        "description": "",
        "color": "ededed",
        "default": False,
    }


def _auto_merge(api: str, pull: Pull) -> JSON:
    return {
        "enabled_by": user(api, "octocat"),
        "merge_method": pull.auto_merge,
        "commit_title": "",
        "commit_message": "",
    }


def labels(api: str, state: State, pull: Pull) -> list[JSON]:
    """Describe the labels of a pull request."""
    return [_label(api, state, name) for name in pull.labels]


def rate_limit() -> JSON:
    """Describe a budget that is never used up."""
    budget = {"limit": 5000, "remaining": 4999, "reset": 1893456000, "used": 1}
    return {"resources": {"core": budget, "search": budget, "graphql": budget}, "rate": budget}


def node_id(kind: str, name: str) -> str:
    """Make a global identifier, which `node_name` takes apart."""
    return f"{kind}_{name}"


def node_name(identifier: str, kind: str) -> str:
    """Return the name in a global identifier of that kind, "" for another's."""
    found, _, name = identifier.partition("_")
    return name if found == kind else ""


def plain_issue(api: str, state: State, entry: Issue) -> JSON:
    """Describe an issue that is no pull request."""
    url = f"{api}/repos/{state.repository}/issues/{entry.number}"
    return {
        "id": 10_000 + entry.number,
        "node_id": node_id("I", str(entry.number)),
        "number": entry.number,
        "url": url,
        "html_url": f"https://github.com/{state.repository}/issues/{entry.number}",
        "repository_url": f"{api}/repos/{state.repository}",
        "labels_url": f"{url}/labels{{/name}}",
        "comments_url": f"{url}/comments",
        "events_url": f"{url}/events",
        "title": entry.title,
        "body": entry.body,
        "user": user(api, entry.author),
        "labels": [_label(api, state, name) for name in entry.labels],
        "state": entry.state,
        "assignees": [],
        "assignee": None,
        "milestone": None,
        "locked": False,
        "comments": 0,
        "closed_at": _WHEN if entry.state == "closed" else None,
        "created_at": _WHEN,
        "updated_at": _WHEN,
        "author_association": "CONTRIBUTOR",
    }


def issue(api: str, state: State, pull: Pull) -> JSON:
    """Describe a pull request as the issue that it is too."""
    simple = pull_simple(api, state, pull)
    url = simple["issue_url"]
    kept = ("node_id", "number", "html_url", "title", "user", "labels", "state", "assignees", "body", "locked")
    return {
        **{key: simple[key] for key in kept},
        "id": pull.number,
        "url": url,
        "repository_url": f"{api}/repos/{state.repository}",
        "labels_url": f"{url}/labels{{/name}}",
        "comments_url": f"{url}/comments",
        "events_url": f"{url}/events",
        "assignee": simple["assignees"][0] if simple["assignees"] else None,
        "milestone": None,
        "comments": 0,
        "closed_at": None,
        "created_at": _WHEN,
        "updated_at": _WHEN,
        "author_association": "CONTRIBUTOR",
    }


def status(api: str, state: State, entry: Status) -> JSON:
    """Describe one status of a commit."""
    return {
        "url": f"{api}/repos/{state.repository}/statuses/{entry.sha}",
        "avatar_url": None,
        "id": number_of(entry.sha + entry.context + entry.created_at),
        "node_id": node_id("SC", entry.context),
        "state": entry.state,
        "description": entry.description,
        "target_url": "",
        "context": entry.context,
        "created_at": entry.created_at,
        "updated_at": entry.created_at,
        "creator": user(api, _ACTIONS),
    }


def combined_status(api: str, state: State, sha: str, entries: list[Status]) -> JSON:
    """Describe all statuses of a commit together."""
    each = []
    for entry in entries:
        one = status(api, state, entry)
        del one["creator"]
        each.append(one)
    worst = {"error": "failure", "failure": "failure", "pending": "pending"}
    return {
        "url": f"{api}/repos/{state.repository}/commits/{sha}/status",
        "commit_url": f"{api}/repos/{state.repository}/commits/{sha}",
        "state": next((worst[one.state] for one in entries if one.state in worst), "success" if entries else "pending"),
        "statuses": each,
        "sha": sha,
        "total_count": len(entries),
        "repository": repository(api, state),
    }


def check_run(api: str, state: State, entry: CheckRun) -> JSON:
    """Describe one check of a commit."""
    number = number_of(entry.sha + entry.name)
    url = f"{api}/repos/{state.repository}/check-runs/{number}"
    return {
        "id": number,
        "head_sha": entry.sha,
        "node_id": node_id("CR", str(number)),
        "external_id": "",
        "url": url,
        "html_url": url,
        "details_url": url,
        "status": "completed" if entry.conclusion else "in_progress",
        # GitHub says null of one that runs, which its own description forbids.
        "conclusion": entry.conclusion or "neutral",
        "started_at": _WHEN,
        "completed_at": _WHEN if entry.conclusion else None,
        "output": {
            **dict.fromkeys(("title", "summary", "text")),
            "annotations_count": 0,
            "annotations_url": f"{url}/annotations",
        },
        "name": entry.name,
        "check_suite": {"id": number},
        "app": None,
        "pull_requests": [],
    }


def deployment(api: str, state: State, entry: Deployed) -> JSON:
    """Describe one deployment."""
    url = f"{api}/repos/{state.repository}/deployments/{entry.id}"
    return {
        "url": url,
        "id": entry.id,
        "node_id": node_id("DE", str(entry.id)),
        "sha": entry.sha,
        "ref": state.default_branch,
        "task": "deploy",
        "payload": entry.payload,
        "original_environment": entry.environment,
        "environment": entry.environment,
        "description": None,
        "creator": user(api, entry.creator),
        "created_at": entry.created_at,
        "updated_at": entry.created_at,
        "statuses_url": f"{url}/statuses",
        "repository_url": f"{api}/repos/{state.repository}",
    }


def deployment_status(api: str, state: State, entry: Deployed, told: list[str]) -> JSON:
    """Describe what became of a deployment."""
    said, when, description, log_url = [*told, "", ""][:4]
    url = f"{api}/repos/{state.repository}/deployments/{entry.id}"
    number = number_of(f"{entry.id}{said}{when}")
    return {
        "url": f"{url}/statuses/{number}",
        "id": number,
        "node_id": node_id("DS", str(number)),
        "state": said,
        "creator": user(api, entry.creator),
        "description": description,
        "target_url": log_url,
        "log_url": log_url,
        "created_at": when,
        "updated_at": when,
        "deployment_url": url,
        "repository_url": f"{api}/repos/{state.repository}",
    }


def permission(api: str, login: str, plain: str, role: str) -> JSON:
    """Describe what a person may do."""
    return {"permission": plain, "role_name": role, "user": {**user(api, login), "role_name": role}}


def team(api: str, organisation: str, slug: str) -> JSON:
    """Describe a team."""
    url = f"{api}/orgs/{organisation}/teams/{slug}"
    owner = {
        "login": organisation,
        "id": number_of(organisation),
        "node_id": node_id("O", organisation),
        "avatar_url": "",
        "description": None,
        "url": f"{api}/orgs/{organisation}",
        **{
            f"{name}_url": f"{url}/{name}"
            for name in ("repos", "events", "hooks", "issues", "members", "public_members")
        },
        "html_url": f"https://github.com/{organisation}",
        "has_organization_projects": False,
        "has_repository_projects": False,
        "public_repos": 0,
        "public_gists": 0,
        "followers": 0,
        "following": 0,
        "created_at": _WHEN,
        "updated_at": _WHEN,
        "archived_at": None,
        "type": "Organization",
    }
    return {
        "id": number_of(slug),
        "node_id": node_id("T", slug),
        "url": url,
        "html_url": f"https://github.com/orgs/{organisation}/teams/{slug}",
        "name": slug,
        "slug": slug,
        "description": None,
        "privacy": "closed",
        "notification_setting": "notifications_enabled",
        "permission": "pull",
        "type": "organization",
        "organization_id": number_of(organisation),
        "members_url": f"{url}/members{{/member}}",
        "repositories_url": f"{url}/repos",
        "parent": None,
        "members_count": 1,
        "repos_count": 1,
        "created_at": _WHEN,
        "updated_at": _WHEN,
        "organization": owner,
    }


def reaction(api: str, comment_id: int, login: str, content: str) -> JSON:
    """Describe a reaction."""
    number = number_of(f"{comment_id}{login}{content}")
    return {
        "id": number,
        "node_id": node_id("RE", str(number)),
        "user": user(api, login),
        "content": content,
        "created_at": _WHEN,
    }


def installation(api: str, state: State) -> JSON:
    """Describe an App's installation."""
    owner = state.repository.partition("/")[0]
    return {
        "id": 77,
        "client_id": "Iv1.fleet",
        "account": user(api, owner),
        "repository_selection": "selected",
        "access_tokens_url": f"{api}/app/installations/77/access_tokens",
        "repositories_url": f"{api}/installation/repositories",
        "html_url": f"https://github.com/organizations/{owner}/settings/installations/77",
        "app_id": 5,
        "target_id": number_of(owner),
        "target_type": "Organization",
        "permissions": {"contents": "write", "pull_requests": "write"},
        "events": [],
        "created_at": _WHEN,
        "updated_at": _WHEN,
        "single_file_name": None,
        "app_slug": "fleet-app",
        "suspended_by": None,
        "suspended_at": None,
    }
