"""A mistyped table says where, what, and what was probably meant."""

from __future__ import annotations

import math
import re
from contextlib import AsyncExitStack
from datetime import UTC, datetime

import pytest

from relay.chain_modules import open_chains
from relay.errors import InvalidRequest, Misconfigured
from relay.redis_url import open_redis
from relay.settings import read
from relay.wire import api
from relay.wire.queries import ListPayments, read_query

GOOD = {"public_url": "https://pay.example.com", "signing_key": "5ec0" * 16, "chains": {"hedera:testnet": {}}}


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"databse": "x"}, "unknown field `databse`; did you mean `database`?"),
        ({"server": {"prot": 1}}, "server: unknown field `prot`; did you mean `port`?"),
        ({"x402": {"patience": 1}}, "x402: unknown field `patience`; known are wait_seconds, open_to, open_per_hour"),
        ({"rates": {"sources": [{"kind": "gecko"}]}}, "rates.sources[0].kind: there is no 'gecko'; did you mean `coin"),
        ({"rates": {"sources": [{"kind": "ticker", "name": "x"}]}}, "rates.sources[0]: `url` is missing"),
        ({"server": 3}, "server: expected `object`, got `integer`"),
        ({"redis": 3}, "redis: expected `string`, got `integer`"),
        ({"server": {"port": "80"}}, "server.port: expected `integer`, got `string`"),
        ({"server": {"port": 80990}}, "server.port: from 0 to 65,535"),
        ({"server": {"port": -1}}, "server.port: from 0 to 65,535"),
        ({"server": {"requests_per_second": math.nan}}, "server.requests_per_second: from 0.01 to 1,000,000"),
        ({"server": {"drain_seconds": -1}}, "server.drain_seconds: from 0 to"),
        ({"webhooks": {"ports": [443, 99999]}}, "webhooks.ports[...]: from 1 to 65,535"),
        ({"webhooks": {"retry_seconds": [0, -1]}}, "webhooks.retry_seconds[...]: from 0 to"),
        ({"webhooks": {"retry_seconds": []}}, "webhooks.retry_seconds: at least one wait"),
        ({"webhooks": {"log_days": -1}}, "webhooks.log_days: from 1 to"),
        ({"x402": {"wait_seconds": 100}}, "x402.wait_seconds: from 1 to 80"),
        ({"sweep_seconds": 0}, "sweep_seconds: from 0.01 to 3,600"),
        ({"access_token_seconds": 0}, "access_token_seconds: from 1 to"),
        ({"chains": {"hedra:testnet": {}}}, "no chain of the kind 'hedra'; did you mean `hedera`?"),
        ({"chains": {"solana:mainnet": {}}}, "no chain of the kind 'solana'; known are eip155, hedera"),
    ],
    ids=str,
)
def test_a_mistake_is_named_where_it_is_and_with_what_was_meant(change: dict[str, object], says: str) -> None:
    with pytest.raises(Misconfigured) as refused:
        read(GOOD | change, {})
    assert says in re.sub(r"\[\d\]: from", "[...]: from", refused.value.message)


@pytest.mark.parametrize(
    ("network", "table", "says"),
    [
        ("hedera:testnet", {"assetz": []}, "unknown field `assetz`; did you mean `assets`?"),
        (
            "hedera:testnet",
            {"fee_payer": {"acount": "0.0.1", "key": "x"}},
            "fee_payer: unknown field `acount`; did you",
        ),
        ("eip155:84532", {"rpcs": []}, "unknown field `rpcs`; did you mean `rpc`?"),
        ("eip155:84532", {"rpc": ["http://x"], "finality": "final"}, "finality: there is no 'final'; did you mean `fi"),
        ("eip155:84532", {"rpc": ["http://x"], "merchants": {"shop": {"budget": 1}}}, "unknown field `budget`; known "),
        ("hedera:testnet", {"call_seconds": 0}, "call_seconds: from 0.01 to 3,600"),
        ("hedera:testnet", {"poll_seconds": [-1]}, "poll_seconds[...]: from 0 to 3,600"),
        ("hedera:testnet", {"poll_seconds": []}, "poll_seconds: expected `array` of length >= 1"),
        ("hedera:testnet", {"address_book_seconds": 0}, "address_book_seconds: from 0.01 to"),
        ("hedera:testnet", {"max_fee_tinybars": 0}, "max_fee_tinybars: from 1 to"),
        ("eip155:84532", {"rpc": ["http://x"], "call_seconds": 0}, "call_seconds: from 0.01 to 3,600"),
        ("eip155:84532", {"rpc": ["http://x"], "poll_seconds": -1}, "poll_seconds: from 0.01 to 3,600"),
        ("eip155:84532", {"rpc": ["http://x"], "budget_gwei_per_hour": -1}, "budget_gwei_per_hour: at least 0"),
    ],
    ids=str,
)
async def test_a_mistake_in_a_chains_table_names_the_chain(network: str, table: dict[str, object], says: str) -> None:
    async with AsyncExitStack() as stack:
        with pytest.raises(Misconfigured) as refused:
            await open_chains(stack, {network: table}, lambda: datetime.now(UTC), lambda _, node: None)
    assert refused.value.message.startswith(f'[chains."{network}"]: ')
    assert says in re.sub(r"\[\d\]: from", "[...]: from", refused.value.message)


@pytest.mark.parametrize("url", ["http://cache", "cache:6379", "redis://:hunter2@host:port/0", "redis://["])
def test_what_is_no_redis_url_says_what_one_looks_like_and_not_its_password(url: str) -> None:
    with pytest.raises(Misconfigured, match="redis: expected redis://host:6379/0") as refused:
        open_redis(url, 1.0, 1)
    assert "hunter2" not in refused.value.message


def test_a_body_and_a_query_are_answered_in_the_same_words() -> None:
    with pytest.raises(InvalidRequest, match=r"takes: unknown field `ammount`; did you mean `amount`\?"):
        api.decode(b'{"network": "hedera:devnet", "ammount": "5"}', api.CreateInvoice)
    with pytest.raises(InvalidRequest, match=r"alternatives\[0\]: unknown field `pay_to`; did you mean `payTo`\?"):
        api.decode(b'{"alternatives": [{"network": "n", "pay_to": "x"}]}', api.CreateInvoice)
    with pytest.raises(InvalidRequest, match="takes: limit: from 1 to 500"):
        read_query({"limit": "501"}, ListPayments)
    with pytest.raises(InvalidRequest, match="truncated"):
        api.decode(b"{", api.CreateInvoice)
    with pytest.raises(InvalidRequest, match="known are "):
        api.decode(b'{"%s": 1}' % (b"n" * 100_000), api.CreateInvoice)
