"""The part of GitHub's GraphQL API that we use, run against GitHub's own schema: what does not fit it cannot be asked."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from graphql import GraphQLError, GraphQLResolveInfo, execute_sync, parse

from tests.github import answers

if TYPE_CHECKING:
    from tests.github.holding import Holding
    from tests.github.state import Comment, Pull, State, Token

# GraphQL's classifiers as REST writes them, where lower case does not do.
_REASONS: Final = {"OFF_TOPIC": "off-topic"}


def run(holding: Holding, state: State, token: Token, body: dict[str, Any]) -> tuple[dict[str, Any], list[str]]:
    """Run one document; return GitHub's answer and how the document, its variables or our answer break the schema."""
    try:
        document = parse(body.get("query", ""))
    except GraphQLError as unparsable:
        return {"errors": [{"message": unparsable.message}]}, [f"graphql: {unparsable.message}"]
    broken = holding.graphql(document)
    if broken:
        return {"errors": [{"message": problem} for problem in broken]}, broken
    root = _Root(state, token)
    result = execute_sync(
        holding.graphql_schema,
        document,
        root,
        variable_values=body.get("variables"),
        operation_name=body.get("operationName"),
    )
    errors = []
    for error in result.errors or ():
        kind = (error.extensions or {}).get("type")
        if kind is None:
            # Not one of GitHub's refusals: the variables or the fake's own values do not fit the schema.
            broken.append(f"graphql: {error.message}")
        errors.append({"type": kind or "INTERNAL", "path": error.path or [], "message": error.message})
    answer: dict[str, Any] = {"data": result.data}
    return ({**answer, "errors": errors} if errors else answer), broken


class _Root:
    """The fields of Query and Mutation; graphql-core calls the methods by the fields' names."""

    def __init__(self, state: State, token: Token) -> None:
        self._state = state
        self._token = token

    def viewer(self, _info: GraphQLResolveInfo[Any]) -> dict[str, Any]:
        # Unlike GET /user, this one every token may ask.
        return {"login": self._token.login, "id": answers.node_id("U", self._token.login)}

    def minimizeComment(self, _info: GraphQLResolveInfo[Any], **arguments: Any) -> dict[str, Any]:  # noqa: N802 - GitHub's
        comment = self._comment(arguments["input"]["subjectId"])
        classifier = arguments["input"]["classifier"]
        comment.minimized = _REASONS.get(classifier, classifier.lower())
        return {"minimizedComment": self._minimizable(comment)}

    def unminimizeComment(self, _info: GraphQLResolveInfo[Any], **arguments: Any) -> dict[str, Any]:  # noqa: N802 - GitHub's
        comment = self._comment(arguments["input"]["subjectId"])
        comment.minimized = None
        return {"unminimizedComment": self._minimizable(comment)}

    def markPullRequestReadyForReview(  # noqa: N802 - GitHub's
        self, _info: GraphQLResolveInfo[Any], **arguments: Any
    ) -> dict[str, Any]:
        return {"pullRequest": self._drafted(arguments, draft=False)}

    def convertPullRequestToDraft(  # noqa: N802 - GitHub's
        self, _info: GraphQLResolveInfo[Any], **arguments: Any
    ) -> dict[str, Any]:
        return {"pullRequest": self._drafted(arguments, draft=True)}

    def enablePullRequestAutoMerge(  # noqa: N802 - GitHub's
        self, _info: GraphQLResolveInfo[Any], **arguments: Any
    ) -> dict[str, Any]:
        pull = self._pull(arguments["input"]["pullRequestId"])
        if not self._state.auto_merge_allowed:
            message = "Pull request Auto merge is not allowed for this repository"
            raise GraphQLError(message, extensions={"type": "UNPROCESSABLE"})
        pull.auto_merge = arguments["input"].get("mergeMethod", "MERGE").lower()
        return {"pullRequest": {"id": answers.node_id("PR", str(pull.number))}}

    def disablePullRequestAutoMerge(  # noqa: N802 - GitHub's
        self, _info: GraphQLResolveInfo[Any], **arguments: Any
    ) -> dict[str, Any]:
        pull = self._pull(arguments["input"]["pullRequestId"])
        pull.auto_merge = ""
        return {"pullRequest": {"id": answers.node_id("PR", str(pull.number))}}

    def _drafted(self, arguments: dict[str, Any], *, draft: bool) -> dict[str, Any]:
        pull = self._pull(arguments["input"]["pullRequestId"])
        pull.draft = draft
        return {"id": answers.node_id("PR", str(pull.number)), "number": pull.number, "isDraft": pull.draft}

    @staticmethod
    def _minimizable(comment: Comment) -> dict[str, Any]:
        return {
            "__typename": "IssueComment",
            "id": answers.node_id("IC", str(comment.id)),
            "isMinimized": comment.minimized is not None,
            "minimizedReason": comment.minimized,
        }

    def _comment(self, identifier: str) -> Comment:
        self._may_write()
        name = answers.node_name(identifier, "IC")
        found = self._state.comment(int(name)) if name.isdigit() else None
        return found or self._missing(identifier)

    def _pull(self, identifier: str) -> Pull:
        self._may_write()
        name = answers.node_name(identifier, "PR")
        found = self._state.pull(int(name)) if name.isdigit() else None
        return found or self._missing(identifier)

    def _may_write(self) -> None:
        if self._token.access != "write":
            raise GraphQLError("Resource not accessible by integration", extensions={"type": "FORBIDDEN"})

    @staticmethod
    def _missing(identifier: str) -> Any:
        message = f"Could not resolve to a node with the global id of '{identifier}'"
        raise GraphQLError(message, extensions={"type": "NOT_FOUND"})
