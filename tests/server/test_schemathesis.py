"""Schemathesis asks a relay what its OpenAPI document allows, and what it forbids: no 5xx, no answer but as said."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
import requests
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis.errors import Unsatisfiable
from schemathesis import Case
from schemathesis.checks import not_a_server_error
from schemathesis.core.failures import FailureGroup
from schemathesis.generation import GenerationMode
from schemathesis.schemas import APIOperation
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    ignored_auth,
    negative_data_rejection,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
    unsupported_method,
)

from relay.devnet.network import DevNode
from tests.conftest import Start
from tests.server.paying import get, invoice, post, signed
from tests.servers.listener import Listener

ENDLESS = {("GET", "/v1/events/stream")}  # an answer that does not end is for test_resume.py
OPEN = {"Event", "Problem"}  # with the members of what they tell of
EXAMPLES = 20  # of each route, each way; the same ones every time
CHECKS: Any = [
    not_a_server_error,
    content_type_conformance,
    ignored_auth,
    negative_data_rejection,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
    unsupported_method,
]


@pytest.mark.slow
@pytest.mark.timeout(600)  # thousands of requests, one after the other
async def test_a_relay_does_what_its_document_says(
    sqlite_url: str, keys: dict[str, str], devnet: DevNode, start_relay: Start
) -> None:
    relay = await start_relay(sqlite_url, devnet, server="requests_per_second = 1e6")
    key = keys["shop"]
    paid = await invoice(relay.url, key, metadata={"order": "7"})
    async with Listener(relay.url) as payer:
        await payer.call("CRYPTOTRANSFER", signed(paid["memo"]))
        settled = await payer.until_status("settled")
    endpoint = (await post(relay.url, "/v1/webhooks", key, json={"url": "https://example.com/hook"}))[1].get(
        "id", "we_1"
    )
    other = (await post(relay.url, "/v1/keys", key, json={"role": "viewer"}))[1]["id"]
    ids = {"invoices": paid["id"], "i": paid["id"], "payments": settled["payment"], "webhooks": endpoint, "keys": other}
    status, document = await get(relay.url, "/openapi.json")
    assert status == 200

    for name, each in document["components"]["schemas"].items():
        if name not in OPEN:  # a member nobody described is a failure here; clients are promised only those described
            each.setdefault("additionalProperties", False)
    failures = await asyncio.to_thread(ask_everything, relay.url, key, document, ids)

    assert not failures, "\n\n".join(each[:600] for each in failures)
    assert (await get(relay.url, "/readyz"))[0] == 200
    assert "Traceback" not in relay.log()


def ask_everything(url: str, key: str, document: dict[str, Any], ids: dict[str, str]) -> list[str]:
    schema = schemathesis.openapi.from_dict(document)
    schema.config.update(base_url=url)
    failures = []
    with requests.Session() as session:
        for found in schema.get_all_operations():
            operation: APIOperation[Any, Any, Any] = found.ok()
            if (operation.method.upper(), operation.path) in ENDLESS:
                continue
            known = ids.get(operation.path.removeprefix("/v1").split("/")[1])
            ways: list[dict[str, Any]] = [{}, {"generation_mode": GenerationMode.NEGATIVE}]
            if "{id}" in operation.path and known is not None:
                ways.append({"path_parameters": {"id": known}})
            for way in ways:
                try:
                    ask(operation, session, key, way)
                except Unsatisfiable:
                    continue  # nothing can be wrong with a request that has no parts
                except FailureGroup as group:
                    failures += [f"{operation.label} {way}: {each.title}: {each.message}" for each in group.exceptions]
    return failures


def ask(operation: APIOperation[Any, Any, Any], session: requests.Session, key: str, way: dict[str, Any]) -> None:
    @given(case=operation.as_strategy(**way))
    @settings(
        max_examples=EXAMPLES,
        derandomize=True,
        database=None,
        deadline=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    def one(case: Case) -> None:
        case.call_and_validate(
            session=session,
            headers={"Authorization": f"Bearer {key}"},
            checks=CHECKS,
            timeout=30,
            allow_redirects=False,
        )

    one()
