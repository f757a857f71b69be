"""What looks like a failure and is none: the money moved, and a node or a long absence hides it."""

from __future__ import annotations

from pathlib import Path

from relay.chain import Never, Receipt, Taken, Unknown
from relay.chains.eip155.pace import Pace
from tests.chains.evm_chain import final, send, sign, until
from tests.chains.fresh_anvil import node, token
from tests.chains.test_eip155_send import OTHER, PAYER, SHOP, exact, sponsored
from tests.servers.anvil import Anvil
from tests.servers.evm import Token, authorize, mined
from tests.servers.rpc_proxy import rpc_proxy

__all__ = ["node", "token"]


async def test_a_place_used_by_what_a_node_does_not_show_is_no_failure(
    tmp_path: Path, node: Anvil, token: Token
) -> None:
    """The first node takes it and its answer is lost; the second has the block, and has not indexed what is in it."""
    async with (
        rpc_proxy(node.url) as first,
        rpc_proxy(node.url) as second,
        sponsored(tmp_path, first.url, second.url, tokens=(token,)) as chain,
    ):
        signed = exact(chain, authorize(PAYER, token, to=SHOP, value=5))
        await chain.verify(chain.decode(signed), "shop")
        first.lost = {"eth_sendRawTransaction"}
        second.says = {"eth_getTransactionByHash": None}
        said = await chain.submit(signed)  # Taken, where it is not in a block yet
        assert isinstance(said, Unknown | Taken), "it was sent: only the ledger says that it failed"
        sight = await until(chain, signed, final)

    assert isinstance(sight, Receipt) and sight.ok
    assert await token.call("balanceOf", SHOP) == 5


async def test_a_transaction_that_its_payer_sent_too_is_no_failure(tmp_path: Path, node: Anvil) -> None:
    """Between our questions and our sending, and the node has not indexed it."""
    async with rpc_proxy(node.url) as proxy, sponsored(tmp_path, proxy.url) as chain:
        signed = await sign(node, PAYER, SHOP, 5)
        await chain.verify(chain.decode(signed), "shop")
        await mined(node, await send(node, signed))
        proxy.says = {"eth_getTransactionByHash": None}
        assert isinstance(await chain.submit(signed), Unknown)
        sight = await until(chain, signed, final)

    assert isinstance(sight, Receipt) and sight.ok


async def test_what_another_sent_is_found_however_long_nobody_looked(tmp_path: Path, node: Anvil, token: Token) -> None:
    payload = authorize(PAYER, token, to=SHOP, value=5)
    word = payload["authorization"]
    await token.send(
        "transferWithAuthorization(address,address,uint256,uint256,uint256,bytes32,bytes)",
        *(word["from"], word["to"], *(int(word[name]) for name in ("value", "validAfter", "validBefore"))),
        *(bytes.fromhex(word["nonce"][2:]), bytes.fromhex(payload["signature"][2:])),
        sender=OTHER.address,
    )
    await node.rpc("anvil_mine", 5)
    await node.rpc("evm_increaseTime", 4000)  # past its end: it was used before that, or never
    await node.rpc("anvil_mine", 500)
    async with sponsored(tmp_path, node.url, tokens=(token,), pace=Pace(span=10, spans=2)) as chain:
        sight = await until(chain, exact(chain, payload), final)

    assert isinstance(sight, Receipt) and sight.ok


async def test_what_was_cancelled_when_its_time_was_over_never_comes(tmp_path: Path, node: Anvil, token: Token) -> None:
    payload = authorize(PAYER, token, to=SHOP, value=5)
    await node.rpc("evm_increaseTime", 4000)
    await node.rpc("anvil_mine", 500)
    nonce = bytes.fromhex(payload["authorization"]["nonce"][2:])
    types = {"CancelAuthorization": [{"name": "authorizer", "type": "address"}, {"name": "nonce", "type": "bytes32"}]}
    said = PAYER.sign_typed_data(dict(token.domain), types, {"authorizer": PAYER.address, "nonce": nonce})
    await token.send("cancelAuthorization(address,bytes32,bytes)", PAYER.address, nonce, bytes(said.signature))
    async with sponsored(tmp_path, node.url, tokens=(token,)) as chain:
        signed = exact(chain, payload)
        sight = await until(chain, signed, lambda sight: isinstance(sight, Never))

    assert isinstance(sight, Never) and "cancelled" in sight.message
