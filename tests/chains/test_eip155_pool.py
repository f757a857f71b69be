"""Several endpoints asked as one: who is away, behind, mistaken or tired is passed over, and no key is ever shown."""

from __future__ import annotations

import asyncio
import json
import os
import sys
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio

from relay.abilities import Node
from relay.chain import Refused, Taken
from relay.chains.eip155.endpoint import Fault
from relay.chains.eip155.options import Options
from relay.chains.eip155.rpc import Heard, Lost, Rpc, open_rpc
from relay.chains.eip155.spec import spec_of
from relay.devchain.ports import free_port
from relay.errors import Misconfigured, Unreachable
from tests.chains.evm_chain import CHAIN, PATIENT, now, opened, sign
from tests.servers.anvil import Anvil, anvil
from tests.servers.evm import PAYERS
from tests.servers.relay_process import SIGNING_KEY, RelayProcess, prepare
from tests.servers.rpc_proxy import RpcProxy, rpc_proxy

pytestmark = pytest.mark.asyncio(loop_scope="module")

ASKED = "eth_gasPrice"  # what no probe asks
SECRET = "KmDx7c3tSecretOfTheOperator"
SHOP = PAYERS[5].address


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def node() -> AsyncIterator[Anvil]:
    async with anvil() as node:
        await node.rpc("anvil_mine", "0x10")
        yield node


@pytest_asyncio.fixture(loop_scope="module")
async def first(node: Anvil) -> AsyncIterator[RpcProxy]:
    async with rpc_proxy(node.url) as proxy:
        yield proxy


@pytest_asyncio.fixture(loop_scope="module")
async def second(node: Anvil) -> AsyncIterator[RpcProxy]:
    async with rpc_proxy(node.url) as proxy:
        yield proxy


@asynccontextmanager
async def pool(
    *urls: str, heard: list[Node] | None = None, clock: Callable[[], float] = time.monotonic, **options: Any
) -> AsyncIterator[Rpc]:
    spec = spec_of(CHAIN, Options(rpc=urls, **PATIENT | options), now)
    async with open_rpc(spec, lambda chain, node: None if heard is None else heard.append(node), clock) as rpc:
        yield rpc


async def looked(rpc: Rpc) -> None:
    """Have every endpoint probed now."""
    with suppress(Unreachable):
        await rpc.check()


async def answers(rpc: Rpc, proxy: RpcProxy, method: str = ASKED) -> bool:
    """Whether it is this endpoint that answers."""
    before = proxy.asked(method)
    await rpc.call(method)
    return proxy.asked(method) > before


async def until_it_answers(rpc: Rpc, proxy: RpcProxy) -> None:
    async with asyncio.timeout(30):
        while not await answers(rpc, proxy):
            await looked(rpc)
            await asyncio.sleep(0.05)


async def test_the_first_is_asked_and_the_next_one_while_it_is_away(first: RpcProxy, second: RpcProxy) -> None:
    heard: list[Node] = []
    async with pool(first.url, second.url, heard=heard) as rpc:
        assert await answers(rpc, first)
        first.away = True
        assert await answers(rpc, second)
        assert [(node.address, node.healthy) for node in heard][-1] == (first.url, False)
        assert [node.healthy for node in rpc.nodes()] == [True, False]
        first.away = False
        await until_it_answers(rpc, first)
        assert heard[-1].healthy


async def test_one_that_is_behind_is_left_out_until_it_has_caught_up(first: RpcProxy, second: RpcProxy) -> None:
    async with pool(first.url, second.url) as rpc:
        first.behind = 5
        await looked(rpc)
        assert await answers(rpc, second)
        [late] = [node for node in rpc.nodes() if not node.healthy]
        assert late.detail == "5 blocks behind"
        first.behind = 0
        await looked(rpc)
        assert await answers(rpc, first)


async def test_one_that_tells_of_blocks_it_cannot_show_moves_nobodys_head(first: RpcProxy, second: RpcProxy) -> None:
    first.ahead = 7
    async with pool(first.url, second.url) as rpc:
        assert rpc.head == 16
        assert await answers(rpc, second)
        assert "does not show it" in next(node for node in rpc.nodes() if not node.healthy).detail


async def test_another_chain_at_the_start_is_a_mistake_of_the_operators(first: RpcProxy, second: RpcProxy) -> None:
    second.chain_id = "0x2105"
    with pytest.raises(Misconfigured) as refused:
        async with pool(first.url, f"{second.url}/{SECRET}"):
            pass
    assert refused.value.message == f'[chains."{CHAIN}"]: rpc: {second.url}: it serves chain 8453, not 31337'


async def test_another_chain_later_is_never_asked(node: Anvil, first: RpcProxy) -> None:
    signed = await sign(node, PAYERS[2], SHOP, 5)
    async with pool(first.url) as rpc:
        first.chain_id = "0x2105"
        await looked(rpc)
        with pytest.raises(Unreachable):
            await rpc.call(ASKED)
        assert not isinstance(await rpc.send(signed.raw), Heard)
        assert not first.asked(ASKED) and not first.asked("eth_sendRawTransaction")
        first.chain_id = None
        await looked(rpc)
        assert await answers(rpc, first)


@pytest.mark.parametrize("how", ["status", "code", "words"])
async def test_one_that_is_asked_too_often_rests(first: RpcProxy, second: RpcProxy, how: str) -> None:
    at = 0.0
    async with pool(first.url, second.url, clock=lambda: at) as rpc:
        match how:
            case "status":
                first.status, first.headers = 429, {"Retry-After": "20"}
            case "code":
                first.faults[ASKED] = {"code": -32005, "message": "limit exceeded"}
            case _:
                first.faults[ASKED] = {"code": -32000, "message": "Too Many Requests: see our prices"}
        assert await answers(rpc, second)
        first.status, first.faults = 200, {}
        before = first.asked(ASKED)
        assert await answers(rpc, second)
        assert first.asked(ASKED) == before, "it rests"
        at = 19.9 if how == "status" else 0.9
        await looked(rpc)  # it is well, and rests
        assert await answers(rpc, second)
        at = 20 if how == "status" else 1
        await until_it_answers(rpc, first)


async def test_what_a_contract_says_makes_no_endpoint_rest(node: Anvil, first: RpcProxy) -> None:
    words = "rate limit: too many requests"
    said = "08c379a0" + f"{32:064x}{len(words):064x}" + words.encode().hex().ljust(64, "0")
    size = len(said) // 2
    contract = "0x" + "c0" * 20
    await node.rpc("anvil_setCode", contract, f"0x60{size:02x}600c60003960{size:02x}6000fd{said}")
    async with pool(first.url) as rpc:
        for _ in range(2):
            [fault] = await rpc.batch([("eth_call", ({"to": contract}, "latest"))])
            assert isinstance(fault, Fault) and words in fault.message


async def test_a_question_that_is_too_much_is_no_reason_to_ask_less_often(first: RpcProxy, second: RpcProxy) -> None:
    first.faults["eth_getLogs"] = {"code": -32005, "message": "query returned more than 10000 results"}
    async with pool(first.url, second.url) as rpc:
        [fault] = await rpc.batch([("eth_getLogs", ({"fromBlock": "0x0", "toBlock": "0x1"},))])
        assert isinstance(fault, Fault)
        assert await answers(rpc, first)


async def test_a_node_that_repeats_its_key_is_not_quoted(first: RpcProxy) -> None:
    first.faults[ASKED] = {"code": -32000, "message": f"project {SECRET} has no access to this"}
    async with pool(f"{first.url}/v3/{SECRET}") as rpc:
        with pytest.raises(Unreachable) as refused:
            await rpc.call(ASKED)
    assert "has no access" in refused.value.message
    assert SECRET not in refused.value.message


@pytest.mark.parametrize("status", [301, 401, 403, 404, 500, 503])
async def test_a_status_that_is_no_answer_is_the_next_ones_to_answer(
    node: Anvil, first: RpcProxy, second: RpcProxy, status: int
) -> None:
    signed = await sign(node, PAYERS[3], SHOP, 5, nonce=status)
    async with pool(first.url, second.url) as rpc:
        first.status, first.headers = status, {"Location": second.url}
        assert await answers(rpc, second)
        assert isinstance(await rpc.send(signed.raw), Heard)


@pytest.mark.parametrize("body", ["", "<html>", "[]", "{}", "null", '[{"id":0,"result":1}]', "[" * 100_000] + [
    f'[{{"id":0,"result":"0x1"}},{{"id":1,"result":{result}}}]' for result in ('"\xff"', "1e999", "[" * 990 + "]" * 990)
])  # fmt: skip
async def test_junk_is_no_answer(first: RpcProxy, second: RpcProxy, body: str) -> None:
    async with pool(first.url, second.url) as rpc:
        first.body = body
        price, id = await rpc.batch([(ASKED, ()), ("eth_chainId", ())])
        assert id == "0x7a69" and isinstance(price, str)


async def test_one_that_takes_no_batches_is_asked_one_by_one(first: RpcProxy) -> None:
    first.batches = False
    async with pool(first.url) as rpc:
        assert (await rpc.batch([("eth_chainId", ()), ("eth_blockNumber", ())]))[0] == "0x7a69"


async def test_transactions_that_go_out_together_share_a_request_and_each_hears_of_his_own(
    node: Anvil, first: RpcProxy
) -> None:
    good = [await sign(node, PAYERS[4], SHOP, 1, nonce=nonce) for nonce in range(3)]
    async with pool(first.url) as rpc:
        told = await asyncio.gather(*(rpc.send(each.raw) for each in good), rpc.send(b"\x02junk"))
    *taken, junk = [each.answer for each in told if isinstance(each, Heard)]
    assert all(isinstance(each, str) and each.startswith("0x") for each in taken) and isinstance(junk, Fault)
    assert [len(calls) for calls in first.requests("eth_sendRawTransaction")] == [4]


async def test_of_transactions_that_share_a_lost_request_any_may_have_arrived(node: Anvil, first: RpcProxy) -> None:
    good = [await sign(node, PAYERS[3], SHOP, 1, nonce=nonce) for nonce in range(2)]
    first.lost = {"eth_sendRawTransaction"}
    async with pool(first.url) as rpc:
        assert await asyncio.gather(*(rpc.send(each.raw) for each in good)) == [Lost(sent=True), Lost(sent=True)]


async def test_one_that_hangs_holds_a_question_up_for_a_while_only(first: RpcProxy, second: RpcProxy) -> None:
    second.says[ASKED] = "0x1"  # by itself: its node may be busy for as long as the first is waited for
    async with pool(first.url, second.url, call_seconds=2) as rpc:
        first.delay_seconds = 60
        async with asyncio.timeout(30):
            assert await answers(rpc, second)
            assert await answers(rpc, second)
        first.delay_seconds = 0


async def test_when_all_are_away_nothing_is_sent_and_when_they_are_back_it_works(
    node: Anvil, first: RpcProxy, second: RpcProxy
) -> None:
    signed = await sign(node, PAYERS[1], SHOP, 5)
    async with opened(first.url, second.url) as chain:
        first.status = second.status = 503
        with pytest.raises(Unreachable):
            await chain.verify(chain.decode(signed), "shop")
        first.status = second.status = 200
        await chain.verify(chain.decode(signed), "shop")
        assert isinstance(await chain.submit(signed), Taken)
    port = free_port()
    async with opened(f"http://127.0.0.1:{port}") as chain:
        said = await chain.submit(signed)
        assert isinstance(said, Refused) and said.reason == "node_unreachable"
        async with anvil(port=port):
            assert isinstance(await chain.submit(signed), Taken)


async def test_a_websocket_is_opened_again_after_it_broke(node: Anvil) -> None:
    port = free_port()
    async with anvil(port=port) as old, pool(old.ws) as rpc:
        assert await rpc.call("eth_chainId") == "0x7a69"
        [fault] = await rpc.batch([("eth_sendRawTransaction", ("0x00",))])
        assert isinstance(fault, Fault)
        old.kill()
        await old.process.wait()
        with pytest.raises(Unreachable):
            await rpc.call("eth_chainId")
        async with anvil(port=port):
            assert await rpc.call("eth_chainId") == "0x7a69"
            assert await rpc.batch([("eth_chainId", ())] * 40) == ["0x7a69"] * 40


async def test_a_websocket_carries_answers_of_megabytes(node: Anvil) -> None:
    contract = "0x" + "b1" * 20
    async with pool(node.ws) as rpc:
        await rpc.call("anvil_setCode", contract, "0x" + "00" * 700_000)
        assert len(str(await rpc.call("eth_getCode", contract, "latest"))) == 2 + 1_400_000


@pytest.mark.parametrize("url", ["ftp://node", "node:8545", "", "http://", f"http://node:{SECRET}", f"//{SECRET}"])
async def test_a_url_that_cannot_be_meant_is_refused_without_being_shown(url: str) -> None:
    with pytest.raises(Misconfigured) as refused:
        async with pool(url):
            pass
    assert SECRET not in refused.value.message


async def test_no_key_in_a_url_is_ever_shown(tmp_path: Path, node: Anvil, first: RpcProxy) -> None:
    database = f"sqlite:///{tmp_path}/relay.db"
    await prepare(database, {})
    away = f"http://{SECRET}:{SECRET}@127.0.0.1:{free_port()}/{SECRET}?key={SECRET}"
    urls = [f"{first.url}/v2/{SECRET}", f"{node.ws}/?key={SECRET}", f"ws://127.0.0.1:{free_port()}/{SECRET}", away]
    table = f'[chains."{CHAIN}"]\nrpc = {json.dumps(urls)}'
    nobody = {f"127.0.0.1:{free_port()}": "0.0.3"}
    async with RelayProcess(tmp_path, database, nobody, log_level="DEBUG", chain=table) as relay:
        check = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "relay", "check", "--config", str(relay.config)),
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.STDOUT,
            env={**os.environ, "TEST_SIGNING_KEY": SIGNING_KEY},
        )
        said, _ = await check.communicate()

    assert b"2 of 4 endpoints answer" in said
    assert SECRET not in said.decode() + relay.log()
