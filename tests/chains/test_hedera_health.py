"""Nodes coming and going are noticed without any traffic; address books are followed."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from typing import Any

import grpc
import pytest

from relay import hapi_pb2 as pb
from relay.abilities import AssetKind
from relay.chain import SignedTransfer, Taken
from relay.chains.hedera import Options, books, link, open_chain
from relay.chains.hedera.channel import Endpoint
from relay.errors import InvalidRequest, Misconfigured
from relay.money import ChainId
from tests.chains.conftest import BOTH, Clock, Open, Reports
from tests.chains.signing import DEVNET
from tests.servers.hapi_node import Fails, HapiNode, hapi_node
from tests.servers.mirror_node import MirrorNode

Make = Callable[..., SignedTransfer]
NODES = "/api/v1/network/nodes?limit=25"


@pytest.fixture(params=BOTH)
def channel(request: pytest.FixtureRequest) -> Any:
    return request.param


# --- health ---


async def test_a_node_is_healthy_as_soon_as_the_chain_is_open(
    open_hedera: Open, stub: HapiNode, reports: Reports
) -> None:
    chain = await open_hedera(nodes=stub.network)

    [node] = chain.nodes()

    assert (node.address, node.account, node.healthy, node.detail) == (stub.address, "0.0.3", True, "")
    assert reports.all == [node]


async def test_a_node_going_away_and_coming_back_is_told_without_any_traffic(
    open_hedera: Open, stub: HapiNode, reports: Reports
) -> None:
    chain = await open_hedera(nodes=stub.network)
    port = stub.port

    await stub.stop()
    gone = await reports.until(healthy=False)
    assert gone.detail
    assert not chain.nodes()[0].healthy

    await stub.start(port)
    await reports.until(healthy=True)
    assert chain.nodes()[0].healthy


async def test_a_node_that_is_connected_but_mute_is_found_out_by_a_probe(
    open_hedera: Open, stub: HapiNode, reports: Reports
) -> None:
    await open_hedera(nodes=stub.network, probe_seconds=0.05)
    await reports.until(healthy=True)

    stub.tell("probe", Fails())
    assert "not well" in (await reports.until(healthy=False)).detail

    stub.tell("probe", pb.Response())
    await reports.until(healthy=True)


async def test_a_node_that_does_not_know_a_method_is_well(open_hedera: Open, stub: HapiNode) -> None:
    chain = await open_hedera(nodes=stub.network)
    stub.tell(link.BALANCE, Fails(grpc.StatusCode.UNIMPLEMENTED))

    await chain.answer("CRYPTOGETACCOUNTBALANCE", {"accountId": "0.0.2"})

    assert chain.nodes()[0].healthy


async def test_a_node_nobody_probes_is_not_asked_anything(open_hedera: Open, stub: HapiNode) -> None:
    chain = await open_hedera(nodes=stub.network)

    assert chain.nodes()[0].healthy
    assert (stub.seen, stub.probes) == ([], 0)


async def test_healthy_nodes_come_first(open_hedera: Open, stub: HapiNode, reports: Reports) -> None:
    chain = await open_hedera(nodes={"127.0.0.1:9": "0.0.9", stub.address: "0.0.3"})
    await reports.until(healthy=True)

    assert [node.account for node in chain.nodes()] == ["0.0.3", "0.0.9"]


@pytest.mark.parametrize("other", ["127.0.0.1:9", "a" * 64 + ".example:50211"], ids=["nobody there", "no name at all"])
async def test_a_node_with_two_addresses_is_reached_at_the_one_that_works(
    open_hedera: Open, stub: HapiNode, reports: Reports, make: Make, other: str
) -> None:
    chain = await open_hedera(nodes={other: "0.0.3", stub.address: "0.0.3"})
    await reports.until(healthy=True)

    assert await chain.submit(make()) == Taken(0)


async def test_opening_with_every_node_away_does_not_take_long(open_hedera: Open) -> None:
    began = time.monotonic()

    chain = await open_hedera(nodes={"127.0.0.1:9": "0.0.3", "127.0.0.1:1": "0.0.4"})

    assert time.monotonic() - began < 30  # of the 60 that it has here
    assert [node.healthy for node in chain.nodes()] == [False, False]


async def test_closing_leaves_no_task_behind(
    stub: HapiNode, clock: Clock, reports: Reports, channel: dict[str, Any]
) -> None:
    before = asyncio.all_tasks()
    options = Options(nodes={stub.address: "0.0.3", "127.0.0.1:9": "0.0.4"}, **channel)

    async with open_chain(DEVNET, options, clock=clock, report=reports):
        await reports.until(healthy=True)

    await asyncio.sleep(0)
    assert asyncio.all_tasks() - before <= {task for task in asyncio.all_tasks() if "grpc" in repr(task.get_coro())}


async def test_an_error_inside_comes_out_as_it_is(stub: HapiNode, clock: Clock, reports: Reports) -> None:
    with pytest.raises(KeyError, match="mine"):
        async with open_chain(DEVNET, Options(nodes=stub.network), clock=clock, report=reports):
            raise KeyError("mine")


NOBODY = "127.0.0.99"  # where nothing listens: at 127.0.0.1:50211 a development node may, of another test


def node_at(address: str, account: str, cert_hash: str = "") -> dict[str, object]:
    host, _, port = address.rpartition(":")
    return {
        "node_account_id": account,
        "node_cert_hash": cert_hash or None,
        "service_endpoints": [
            {"ip_address_v4": host, "port": int(port), "domain_name": ""},
            {"ip_address_v4": NOBODY, "port": 50212 if int(port) == 50211 else 50211, "domain_name": ""},
        ],
    }


# --- address books ---


async def test_the_mirrors_address_book_is_followed_over_its_pages(
    open_hedera: Open, stub: HapiNode, stub_mirror: MirrorNode, reports: Reports
) -> None:
    second = f"{NODES}&node.id=gt:0"
    stub_mirror.pages[NODES] = {"nodes": [node_at("127.0.0.1:9", "0.0.4")], "links": {"next": second}}
    stub_mirror.pages[second] = {"nodes": [node_at(stub.address, "0.0.3")], "links": {"next": None}}

    chain = await open_hedera(mirror=stub_mirror.url, tls=False)
    await reports.until(healthy=True)

    assert [node.account for node in chain.nodes()] == ["0.0.3", "0.0.4"]


async def test_a_changed_address_book_moves_links_and_keeps_those_that_stay(
    open_hedera: Open, stub: HapiNode, stub_mirror: MirrorNode, reports: Reports, make: Make
) -> None:
    async with hapi_node() as other:
        stub_mirror.pages[NODES] = {"nodes": [node_at(stub.address, "0.0.3"), node_at("127.0.0.1:9", "0.0.4")]}
        chain = await open_hedera(mirror=stub_mirror.url, address_book_seconds=0.05)
        stub_mirror.pages[NODES] = {"nodes": [node_at(stub.address, "0.0.3"), node_at(other.address, "0.0.5")]}
        await reports.until(healthy=True, account="0.0.5")

        assert {node.account for node in chain.nodes()} == {"0.0.3", "0.0.5"}
        assert await chain.submit(make(node=5)) == Taken(0)
        assert [node.healthy for node in reports.all if node.account == "0.0.3"] == [True]


async def test_an_address_book_that_cannot_be_refreshed_stays(
    open_hedera: Open, stub: HapiNode, stub_mirror: MirrorNode
) -> None:
    stub_mirror.pages[NODES] = {"nodes": [node_at(stub.address, "0.0.3")]}
    chain = await open_hedera(mirror=stub_mirror.url, address_book_seconds=0.02)
    stub_mirror.pages[NODES] = 500
    async with asyncio.timeout(30):
        while len(stub_mirror.seen) < 4:
            await asyncio.sleep(0.01)

    assert [node.account for node in chain.nodes()] == ["0.0.3"]


async def test_public_networks_have_nodes_without_a_mirror(
    open_hedera: Open, stub_mirror: MirrorNode, monkeypatch: pytest.MonkeyPatch, stub: HapiNode
) -> None:
    monkeypatch.setitem(books.BUILT_IN, "testnet", {"0.0.3": (Endpoint(stub.address),)})
    stub_mirror.pages[NODES] = 503

    chain = await open_hedera(ChainId("hedera", "testnet"), mirror=stub_mirror.url)

    assert [node.account for node in chain.nodes()] == ["0.0.3"]


def test_the_built_in_books_are_those_of_the_official_sdk() -> None:
    from hiero_sdk_python.client.network import Network

    for network, book in books.BUILT_IN.items():
        theirs = {str(account): address for address, account in Network.DEFAULT_NODES[network]}
        assert {account: endpoints[0].address for account, endpoints in book.items()} == theirs
        assert books.MIRRORS[network] == Network.MIRROR_NODE_URLS[network]


@pytest.mark.parametrize(
    ("options", "why"),
    [
        ({}, "nodes"),
        ({"mirror": "http://127.0.0.1:9"}, "no nodes"),
        ({"nodes": {"127.0.0.1": "0.0.3"}}, "address"),
        ({"nodes": {"127.0.0.1:0": "0.0.3"}}, "address"),
        ({"nodes": {"127.0.0.1:50211": "3"}}, "account"),
        ({"nodes": {"127.0.0.1:50211": "0.0.3"}, "tls_root_file": "/no/such/file"}, "tls_root_file"),
        (
            {"nodes": {"127.0.0.1:50211": "0.0.3"}, "assets": ({"asset": "DUSD", "symbol": "D", "decimals": 6},)},
            "assets",
        ),
        (
            {"nodes": {"127.0.0.1:50211": "0.0.3"}, "assets": ({"asset": "0.0.0", "symbol": "D", "decimals": 6},)},
            "assets",
        ),
    ],
)
async def test_a_configuration_that_cannot_work_says_which_option(
    clock: Clock, reports: Reports, options: dict[str, object], why: str
) -> None:
    import msgspec

    with pytest.raises(Misconfigured, match=why):
        async with open_chain(DEVNET, msgspec.convert(options, Options), clock=clock, report=reports):
            pass


async def test_assets_are_hbar_and_what_is_configured(open_hedera: Open, stub: HapiNode) -> None:
    import msgspec

    assets = msgspec.convert([{"asset": "0.0.5001", "symbol": "DUSD", "decimals": 6}], tuple[object, ...])
    options = msgspec.convert({"nodes": stub.network, "assets": assets}, Options)
    chain = await open_hedera(nodes=stub.network, assets=options.assets)

    assert chain.assets() == (AssetKind("0.0.0", "HBAR", 8), AssetKind("0.0.5001", "DUSD", 6))  # type: ignore[arg-type]


async def test_an_account_is_spelled_in_one_way_only(open_hedera: Open, stub: HapiNode) -> None:
    chain = await open_hedera(nodes=stub.network)

    assert chain.account("0.0.2001") == "0.0.2001"
    for text in ("2001", "0.0.02001", " 0.0.2001", "0.0.2001\n", "0.0.-1", "0x" + "0" * 40, "0.0.2001-abcde", ""):
        with pytest.raises(InvalidRequest):
            chain.account(text)


def test_probe_and_paths_are_hapis() -> None:
    assert link.TRANSFER == "/proto.CryptoService/cryptoTransfer"
    assert pb.Query.FromString(link.PROBE).WhichOneof("query") == "transactionGetReceipt"
