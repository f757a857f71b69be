"""OpenAPI 3.1, made from the types that parse requests: each handler carries an `@operation`, the router says where.

    @operation("Make an invoice", body=api.CreateInvoice, answers={201: answers.Invoice}, once=True)
    async def create(self, request: web.Request) -> web.Response:

What follows from that is written for you: a body can be too large, a key can be wrong, an id unknown, a budget spent.
`tests/server/test_openapi.py` fails for a route whose handler carries none.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import Enum
from http import HTTPStatus
from importlib.metadata import version
from typing import Any, TypeVar

import msgspec
from aiohttp import web

from relay.server.http import JSON
from relay.wire.answers import Problem

PREFIX = "#/components/schemas/{name}"
PARAMETER = re.compile(r"\{(\w+)[^}]*\}")

Schema = Mapping[str, Any]
Answer = type | str | tuple[type | str, ...]  # a type is JSON of it, a string another media type
H = TypeVar("H", bound=Callable[..., Any])


class Auth(Enum):
    """Who may ask: with a key, with or without one, anyone."""

    KEY = "key"
    PERHAPS = "perhaps"
    ANYONE = "anyone"


SECURITY: Mapping[Auth, list[Schema]] = {Auth.KEY: [{"key": []}], Auth.PERHAPS: [{"key": []}, {}], Auth.ANYONE: []}


@dataclass(frozen=True, slots=True)
class Operation:
    """`query` is a struct whose fields are the parameters. `once`: the route honours `Idempotency-Key`."""

    summary: str
    answers: Mapping[int, Answer]
    body: type | None = None
    body_required: bool = True
    query: type | None = None
    auth: Auth = Auth.KEY
    once: bool = False
    problems: tuple[int, ...] = ()  # statuses of refusals beyond those that follow from the rest
    tag: str = ""


def operation(
    summary: str,
    *,
    answers: Mapping[int, Answer],
    body: type | None = None,
    body_required: bool = True,
    query: type | None = None,
    auth: Auth = Auth.KEY,
    once: bool = False,
    problems: tuple[int, ...] = (),
) -> Callable[[H], H]:
    """Say what a route is, beside the function that answers it."""

    def carry(handler: H) -> H:
        tag = handler.__module__.rpartition(".")[2]
        handler.operation = Operation(  # type: ignore[attr-defined]  # read back by `operation_of` alone
            summary, answers, body, body_required, query, auth, once, problems, tag
        )
        return handler

    return carry


def operation_of(handler: object) -> Operation | None:
    """What a handler carries."""
    found = getattr(handler, "operation", None)
    return found if isinstance(found, Operation) else None


class Described:
    """`GET /openapi.json`, of all routes the application has when it is first asked."""

    def __init__(self, *, url: str) -> None:
        self._url = url
        self._body: bytes | None = None

    def add_to(self, app: web.Application) -> None:
        app.router.add_get("/openapi.json", self.read)

    @operation("This document", answers={200: JSON}, auth=Auth.ANYONE)
    async def read(self, request: web.Request) -> web.Response:
        if self._body is None:
            self._body = msgspec.json.encode(document(request.app, url=self._url))
        return web.Response(body=self._body, content_type=JSON, headers={"Cache-Control": "public, max-age=300"})


def document(app: web.Application, *, url: str) -> dict[str, object]:
    """The description of an application's routes."""
    routes = [(route, carried) for route in app.router.routes() if (carried := operation_of(route.handler))]
    types = sorted({kind for _, carried in routes for kind in _types(carried)}, key=lambda kind: kind.__name__)
    found, schemas = msgspec.json.schema_components(types, ref_template=PREFIX)
    refs = dict(zip(types, found, strict=True))
    queries = {carried.query: _resolved(refs[carried.query], schemas) for _, carried in routes if carried.query}
    paths: dict[str, dict[str, object]] = {}
    for route, carried in routes:
        if route.method != "HEAD" and route.resource is not None:  # aiohttp adds HEAD to each GET
            path = route.resource.canonical
            query = _query(queries[carried.query]) if carried.query else []
            paths.setdefault(path, {})[route.method.lower()] = _operation(route.method, path, carried, refs, query)
    return {
        "openapi": "3.1.0",
        "jsonSchemaDialect": "https://json-schema.org/draft/2020-12/schema",
        "info": {
            "title": "Relay",
            "version": version("micropay-relay"),
            "description": "A self-hosted, non-custodial micropayment relay. Amounts are strings in smallest units.",
        },
        "servers": [{"url": url}],
        "paths": paths,
        "components": {
            "schemas": {name: schema for name, schema in schemas.items() if schema not in queries.values()},
            "securitySchemes": {"key": {"type": "http", "scheme": "bearer", "description": "an API key, sk_…"}},
        },
    }


def _types(carried: Operation) -> set[type]:
    answers = {kind for answer in carried.answers.values() for kind in _kinds(answer) if isinstance(kind, type)}
    return answers | {kind for kind in (carried.body, carried.query, Problem) if kind is not None}


def _kinds(answer: Answer) -> tuple[type | str, ...]:
    return answer if isinstance(answer, tuple) else (answer,)


def _resolved(ref: Schema, schemas: Mapping[str, Schema]) -> Schema:
    return schemas[ref["$ref"].rpartition("/")[2]]


def _operation(
    method: str, path: str, carried: Operation, refs: Mapping[type, Schema], query: list[dict[str, object]]
) -> dict[str, object]:
    words = [word for word in re.split(r"\W+", path.replace("/v1/", "/")) if word]
    parameters: list[dict[str, object]] = [
        {"name": name, "in": "path", "required": True, "schema": {"type": "string"}} for name in PARAMETER.findall(path)
    ]
    parameters += query
    if carried.once:
        text = {"type": "string", "minLength": 1, "maxLength": 200}
        parameters.append({"name": "Idempotency-Key", "in": "header", "required": False, "schema": text})
    refusal = {"application/problem+json": {"schema": refs[Problem]}}
    described: dict[str, object] = {
        "operationId": "_".join([method.lower(), *words]) + ("_" if path.endswith("/") else ""),
        "summary": carried.summary,
        "tags": [carried.tag],
        "security": SECURITY[carried.auth],
        "parameters": parameters,
        "responses": {
            str(status): {"description": HTTPStatus(status).phrase, "content": refusal}
            for status in _refusals(path, carried)
        }
        | {
            str(status): {
                "description": HTTPStatus(status).phrase,
                "content": dict(_media(kind, refs) for kind in _kinds(answer)),
            }
            for status, answer in carried.answers.items()
        },
    }
    if carried.body is not None:
        described["requestBody"] = {
            "required": carried.body_required,
            "content": {JSON: {"schema": refs[carried.body]}},
        }
    return described


def _media(kind: type | str, refs: Mapping[type, Schema]) -> tuple[str, Schema]:
    """A media type and what is said of it: JSON by its struct, text as such, anything else by its name alone."""
    if isinstance(kind, type):
        return JSON, {"schema": refs[kind]}
    return kind, {"schema": {"type": "string"}} if kind.startswith("text/") else {}


def _refusals(path: str, carried: Operation) -> list[int]:
    """Which problems follow from what the route is."""
    statuses = {429, 500, 503, *carried.problems}
    if carried.body is not None or carried.query is not None:
        statuses.add(400)
    if carried.body is not None:
        statuses |= {408, 413}
    if carried.auth is not Auth.ANYONE:
        statuses |= {401, 403}
    if "{" in path:
        statuses.add(404)
    if carried.once:
        statuses |= {400, 408, 409, 422}
    return sorted(statuses)


def _query(schema: Schema) -> list[dict[str, object]]:
    required = set(schema.get("required", ()))
    return [
        {"name": name, "in": "query", "required": name in required, "schema": _present(field)}
        for name, field in schema["properties"].items()
    ]


def _present(schema: Schema) -> Schema:
    """A parameter's schema; that it may be absent is said by `required`, so null is none of its values."""
    if "anyOf" not in schema:
        return schema
    kinds = [kind for kind in schema["anyOf"] if kind != {"type": "null"}]
    return kinds[0] if len(kinds) == 1 else {"anyOf": kinds}
