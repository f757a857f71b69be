"""A Hedera chain with a fee payer over a database, as a process has them, and payments that are all different."""

from __future__ import annotations

import itertools
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from typing import Any

import msgspec

from relay import hapi_pb2 as pb
from relay.chain import SignedTransfer, Transfer
from relay.chains.hedera import Options, open_chain
from relay.chains.hedera.ledger import Hedera
from relay.store.database import open_database
from relay.store.migrate import migrate
from relay.store.sends import SentByUs
from tests.chains import exact_hedera as buyer
from tests.chains.conftest import Clock, Reports
from tests.chains.signing import DEVNET

ASSETS = [{"asset": "0.0.5001", "symbol": "DUSD", "decimals": 6}]
_nanos = itertools.count(1)


@asynccontextmanager
async def exact_chain(
    database: str, nodes: Mapping[str, str], mirror: str, clock: Clock, reports: Reports, **options: Any
) -> AsyncIterator[Hedera]:
    """One process's view of the network."""
    asked = {"nodes": nodes, "mirror": mirror, "fee_payer": buyer.OPTIONS, "assets": ASSETS, **options}
    async with AsyncExitStack() as stack:
        db = await stack.enter_async_context(open_database(database))
        await migrate(db)
        told = msgspec.convert(asked, Options)
        yield await stack.enter_async_context(
            open_chain(DEVNET, told, clock=clock, report=reports, sends=SentByUs(db), first_seconds=60)
        )


def pays(
    clock: Callable[[], Any], transfer: pb.CryptoTransferTransactionBody = buyer.HBAR, *by: int, **changes: Any
) -> SignedTransfer:
    """What a buyer signs now, for node 0.0.3 or those given."""
    nodes = changes.pop("nodes", (3,))
    body = buyer.fresh(clock(), next(_nanos), transfer, **changes)
    return buyer.payment(buyer.signed(body, by or (buyer.PAYER,), nodes))


async def verified(chain: Hedera, signed: SignedTransfer, merchant: str = "shop") -> Transfer:
    transfer = chain.decode(signed)
    await chain.verify(transfer, merchant)
    return transfer


def signers(raw: bytes) -> list[bytes]:
    """The keys that signed a Transaction a node was handed."""
    signed = pb.SignedTransaction.FromString(pb.Transaction.FromString(raw).signedTransactionBytes)
    return [pair.pubKeyPrefix for pair in signed.sigMap.sigPair]
