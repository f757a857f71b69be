"""The networks of `relay demo`: a development Hedera node, and a local EVM chain where anvil is installed."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from urllib.parse import urlsplit

from relay import devchain
from relay.devchain import DevChain, open_devchain, token
from relay.devchain.accounts import payers
from relay.devchain.node import find_anvil
from relay.devnet import genesis, open_devnet
from relay.errors import Misconfigured, Unreachable
from relay.money import Account, ChainId
from relay.rates.fixed import Options as FixedRate
from relay.rates.hedera import Options as NetworkRate
from relay.rates.options import RateOptions
from relay.server.demo import Way

HEDERA = "hedera:devnet"
EVM = devchain.NETWORK
ACCOUNT = "0.0.2001"
SPONSOR = {"account": f"0.0.{genesis.SPONSOR}", "key": genesis.private_key(genesis.SPONSOR).hex()}  # nobody's else
PAYERS = tuple(f"0.0.{number}" for number in range(1001, 1011, 2))  # with ed25519 keys: every browser signs those
CONSENSUS = timedelta(milliseconds=300)
ETH = FixedRate(rates={"ETH/USD": "3000"})  # anvil's coin is play money: no market is asked what it is worth


@dataclass(frozen=True, slots=True)
class Playground:
    """What runs. `without` says in one line why there is no EVM chain, where there is none."""

    nodes: Mapping[str, str]
    mirror: str | None
    evm: DevChain | None
    without: str | None

    @property
    def chains(self) -> dict[str, dict[str, object]]:
        """The `[chains.…]` tables for it."""
        hedera: dict[str, object] = {
            "nodes": self.nodes,
            "assets": [{"asset": "0.0.5001", "symbol": "DUSD", "decimals": 6}],
            "contracts": ["*"],
        }
        if self.mirror is not None:
            hedera |= {"mirror": self.mirror, "fee_payer": SPONSOR}
        return {HEDERA: hedera} | ({} if self.evm is None else {EVM: self.evm.options})

    @property
    def rates(self) -> RateOptions:
        """`[rates]` for it: HBAR by the development network's own rate, ETH by ours, play dollars at a dollar."""
        if self.mirror is None:
            return RateOptions()
        dollars = {f"{HEDERA}/0.0.5001": "DUSD"} | ({} if self.evm is None else {f"{EVM}/{token.ADDRESS}": "USDC"})
        sources = (NetworkRate(mirror=self.mirror),) + (() if self.evm is None else (ETH,))
        return RateOptions(sources=sources, assets=dollars, parity={"DUSD": "USD", "USDC": "USD"})

    @property
    def accounts(self) -> tuple[tuple[ChainId, Account], ...]:
        """Where the demo's merchant is paid."""
        hedera = (ChainId.parse(HEDERA), Account(ACCOUNT))
        return (hedera,) if self.evm is None else (hedera, (ChainId.parse(EVM), Account(self.evm.merchant)))

    @property
    def ways(self) -> tuple[Way, ...]:
        """How the demo's article may be paid for."""
        hedera = Way(HEDERA, "0.0.0", 5_000_000, "HBAR", 8, PAYERS)
        evm = self.evm
        if evm is None:
            return (hedera,)
        usdc = Way(
            *(EVM, token.ADDRESS, 50_000, token.SYMBOL, token.DECIMALS),
            accounts=tuple(account.address for account in payers()[:5]),
            rpc=evm.anvil.url,
            balance=evm.balance,
        )
        return (hedera, usdc)

    @property
    def described(self) -> dict[str, object]:
        """`networks` of demo.json."""
        hedera = {"nodes": dict(self.nodes), "mirror": self.mirror}
        return {HEDERA: hedera} | ({} if self.evm is None else {EVM: self.evm.described})


@asynccontextmanager
async def open_playground(
    *, host: str, node_port: int, node: str | None, data: Path, clone: Path
) -> AsyncIterator[Playground]:
    """Run the networks until the block ends. `node` is the HOST:PORT of a Hedera node that runs already."""
    async with AsyncExitStack() as stack:
        evm, without = await _evm(stack, data, clone)  # first: gRPC does not like a fork beside it
        nodes, mirror = await stack.enter_async_context(_hedera(host, node_port, node, data))
        yield Playground(nodes, mirror, evm, without)


@asynccontextmanager
async def _hedera(
    host: str, node_port: int, node: str | None, data: Path
) -> AsyncIterator[tuple[dict[str, str], str | None]]:
    if node is not None:
        yield {node: "0.0.3"}, None
        return
    try:
        async with open_devnet(host, node_port, consensus=CONSENSUS, state=data / "devnet.json") as devnet:
            yield devnet.network, devnet.mirror
    except OSError as error:
        hint = "; --node-port 0 picks a free one, --node uses one that runs"
        raise Misconfigured(f"the node cannot listen on {error.filename}: {error.strerror}{hint}") from None


async def _evm(stack: AsyncExitStack, data: Path, clone: Path) -> tuple[DevChain | None, str | None]:
    """The chain and None, or None and why not: the demo goes on without."""
    program = find_anvil(clone)
    if program is None:
        return None, "no EVM chain: anvil is not installed (`make demo` gets it where npm is)"
    try:
        opened = open_devchain(program, state=data / "anvil.json", port=_last_port(data))
        return await stack.enter_async_context(opened), None
    except (Unreachable, OSError) as error:
        return None, f"no EVM chain: {error}"


def _last_port(data: Path) -> int:
    """Where the chain was the last time, as demo.json says."""
    try:
        told = json.loads((data / "demo.json").read_text())
        return urlsplit(told["networks"][EVM]["rpc"]).port or 0
    except (OSError, ValueError, KeyError, TypeError):
        return 0
