"""Holds what we ask of GitHub, and what the fake answers, to GitHub's own descriptions of its API.

Stricter than the descriptions where they are lax: an unknown query parameter, body property or answer property is a
violation too (GitHub ignores what it does not know, so a misspelt name would go unnoticed).
"""

from __future__ import annotations

import json
from functools import cache, cached_property
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from graphql import DocumentNode, GraphQLSchema
    from openapi_core import OpenAPI
    from openapi_core.testing import MockRequest

_HOST: Final = "https://api.github.com"
_JSON: Final = "application/json"
# Any operation may answer these although few describe them; they look as the ones that are described.
_EVERYWHERE: Final = (401, 403, 404, 429)
# What GitHub answers when it is broken comes from whatever stands before it, and is described nowhere.
_BROKEN: Final = 500


class Holding:
    """GitHub's descriptions, ready to check against."""

    def __init__(self, openapi: Path, graphql: Path) -> None:
        self._openapi_file = openapi
        self._graphql_file = graphql

    @cached_property
    def _openapi(self) -> OpenAPI:
        from openapi_core import Config, OpenAPI  # noqa: PLC0415 - only who needs it pays for it

        # GitHub's description is taken as it is: checking the description itself takes 11 s.
        config = Config(
            spec_validator_cls=None,  # type: ignore[arg-type] # documented, but not in the annotation
            additional_properties_default_policy="forbid",
        )
        description = json.loads(self._openapi_file.read_bytes())
        for schema in description["components"]["schemas"].values():
            if "oneOf" in schema and "properties" not in schema:
                # Which properties there may be is said by each of the alternatives.
                schema["additionalProperties"] = True
                schema["oneOf"] = [_joined(one, description) for one in schema["oneOf"]]
        for operation in (one for path in description["paths"].values() for one in path.values()):
            for answer in operation["responses"].values() if isinstance(operation, dict) else ():
                for content in answer.get("content", {}).values():
                    content["schema"] = _joined(content.get("schema", {}), description)
        return OpenAPI.from_dict(description, config=config)

    @cached_property
    def graphql_schema(self) -> GraphQLSchema:
        """GitHub's GraphQL schema."""
        from graphql import build_schema  # noqa: PLC0415 - as above, and it takes 2 s

        text = self._graphql_file.read_text(encoding="utf-8")
        return build_schema(text, assume_valid=True, assume_valid_sdl=True, no_location=True)

    def load(self, *, graphql: bool) -> None:
        """Load now what the first request would wait for."""
        self.request("GET", "/rate_limit", (), b"")
        if graphql:
            _ = self.graphql_schema

    def request(
        self, method: str, path: str, query: Sequence[tuple[str, str]], body: bytes, content_type: str = _JSON
    ) -> list[str]:
        """Return how a request breaks the description; `path` begins after the API's address."""
        from openapi_core.exceptions import OpenAPIError  # noqa: PLC0415 - as above

        request = _request(method, path, query, body, content_type)
        try:
            self._openapi.validate_request(request)
        except OpenAPIError as error:
            return [f"request {method} {path}: {problem}" for problem in _problems(error)]
        known = self._query_parameters(request)
        return [f"request {method} {path}: no query parameter {name!r}" for name, _ in query if name not in known]

    def answer(self, method: str, path: str, status: int, headers: Mapping[str, str], body: bytes) -> list[str]:
        """Return how an answer breaks the description."""
        from openapi_core.exceptions import OpenAPIError  # noqa: PLC0415 - as above
        from openapi_core.templating.responses.exceptions import ResponseNotFound  # noqa: PLC0415 - as above
        from openapi_core.testing import MockResponse  # noqa: PLC0415 - as above

        if status >= _BROKEN:
            return []
        content_type = headers.get("Content-Type", "").partition(";")[0]
        response = MockResponse(body, status, dict(headers), content_type)
        try:
            try:
                self._openapi.validate_response(_request(method, path, (), b""), response)
            except ResponseNotFound:
                if status not in _EVERYWHERE:
                    raise
                response.status_code = 401
                self._openapi.validate_response(_request("GET", "/user", (), b""), response)
        except OpenAPIError as error:
            return [f"answer {status} to {method} {path}: {problem}" for problem in _problems(error)]
        return []

    def graphql(self, document: DocumentNode) -> list[str]:
        """Return how a GraphQL document breaks the schema."""
        from graphql import validate  # noqa: PLC0415 - as above

        return [f"graphql: {error.message}" for error in validate(self.graphql_schema, document)]

    def _query_parameters(self, request: MockRequest) -> set[str]:
        from openapi_core.templating.paths.finders import APICallPathFinder  # noqa: PLC0415 - as above

        found = APICallPathFinder(self._openapi.spec).find(request.method, _HOST + request.path)
        parameters = (parameter.read_value() for parameter in found.operation.get("parameters", []))
        return {entry["name"] for entry in parameters if entry["in"] == "query"}


def _request(
    method: str, path: str, query: Sequence[tuple[str, str]], body: bytes, content_type: str = _JSON
) -> MockRequest:
    from openapi_core.testing import MockRequest  # noqa: PLC0415 - as above

    return MockRequest(_HOST, method.lower(), path, args=dict(query), data=body or None, content_type=content_type)


def _joined(schema: dict[str, Any], description: dict[str, Any]) -> dict[str, Any]:
    """Return an object that is described in parts as one: each part alone would forbid the others' properties."""
    parts = schema.get("allOf")
    if not parts:
        return schema
    parts = [
        description["components"]["schemas"][part["$ref"].rpartition("/")[2]] if "$ref" in part else part
        for part in parts
    ]
    if any("properties" not in part for part in parts):
        return schema
    return {
        "type": "object",
        "properties": {name: value for part in parts for name, value in part["properties"].items()},
        "required": sorted({name for part in parts for name in part.get("required", [])}),
    }


def _problems(error: Exception) -> list[str]:
    """Return the short reasons inside one of openapi-core's errors, whose own text repeats the whole value."""
    details: Any = getattr(error.__cause__, "schema_errors", None) or getattr(error, "schema_errors", None)
    if details:
        return ["/".join(map(str, [*detail.absolute_path, detail.message[:300]])) for detail in details]
    return [str(error)[:300] + (f": {str(error.__cause__)[:300]}" if error.__cause__ else "")]


@cache
def holding() -> Holding:
    """Return the descriptions, loaded once a process; skips the test where they cannot be had."""
    from tests.npm.fetch import descriptions  # noqa: PLC0415 - as above

    found = descriptions()
    loaded = Holding(found.openapi, found.graphql)
    loaded.load(graphql=False)
    return loaded
