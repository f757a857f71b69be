"""load.py for an EVM chain: wallets sign authorizations, and wait until each is settled before they send the next.

{"do": "authorize", "payments": 3000, "token": "0x…"}      sign in advance; each is used once
{"do": "connect", "url": "ws://…", "sockets": 256}
{"do": "pay_each", "settle": true}                         one in flight per socket, until it is settled
"""

from __future__ import annotations

import asyncio
import json
import time
from datetime import UTC, datetime

import uvloop

from relay.evm_wallet import EvmWallet
from tests.bench.evm_chain import CHAIN, MERCHANT, PAYERS, payer
from tests.bench.load import Load, Result, _summary, serve
from tests.bench.wire import Wallet

DOMAIN = {"name": "USDC", "version": "2"}


def authorizations(payments: int, token: str, chain: int = CHAIN) -> list[dict[str, object]]:
    """Distinct ones, by `PAYERS` payers in turn, of one unit each."""
    wallets = [EvmWallet.of(account.address, account.key) for account in map(payer, range(PAYERS))]
    now = datetime.now(UTC)
    return [
        wallets[number % PAYERS].authorize(chain=chain, token=token, domain=DOMAIN, to=MERCHANT, units=1, now=now)
        for number in range(payments)
    ]


class EvmLoad(Load):
    async def authorize(self, payments: int, network: str, token: str) -> Result:
        head = {"network": network, "scheme": "exact"}
        signed = authorizations(payments, token, int(network.partition(":")[2]))
        self._objects = [json.dumps(head | {"transaction": each}) for each in signed]
        return {"signed": len(self._objects)}

    async def pay_each(self) -> Result:
        """Latencies are until the ack, which follows the broadcast; the throughput counts what is settled."""
        waiting, acks, ends = self._objects, list[float](), list[float]()

        async def spend(client: Wallet) -> None:
            while waiting:
                wish = waiting.pop()
                start = time.perf_counter()
                acks.append(await client.pay_object(wish))
                await client.settle(client.settled_before + 1)
                client.settled_before += 1
                ends.append(time.perf_counter() - start)

        start = time.perf_counter()
        await asyncio.gather(*map(spend, self._clients))
        seconds = time.perf_counter() - start
        return _summary(ends, seconds) | {"ack": _summary(acks, seconds)["milliseconds"]}


if __name__ == "__main__":
    uvloop.run(serve(EvmLoad))
