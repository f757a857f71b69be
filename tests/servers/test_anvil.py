"""The chain that the EVM tests use is really there."""

from tests.servers.anvil import anvil


async def test_an_anvil_answers_and_takes_a_chain_id() -> None:
    async with anvil(chain_id=8453) as node:
        assert await node.rpc("eth_chainId") == hex(8453)
