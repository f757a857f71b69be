"""What a transaction and a query cost: the dollar prices of the public fee schedule, at the ledger's one rate.

A fee has two parts. The network takes what it costs to receive a transaction (`entry`) at precheck already; what it
costs to carry it out (`service`) is looked at only at consensus (SolvencyPreCheck.java). No price grows with size here.
"""

from __future__ import annotations

from dataclasses import dataclass

from relay import hapi_pb2 as pb
from relay.devnet.genesis import CENT_EQUIV, HBAR_EQUIV

_PICODOLLARS = {
    "cryptoTransfer": 100_000_000,  # $0.0001
    "cryptoTransfer+tokens": 1_000_000_000,  # $0.001
    "cryptoCreateAccount": 50_000_000_000,  # $0.05
    "tokenAssociate": 50_000_000_000,  # $0.05
    "contractCall": 50_000_000_000,  # $0.05
}
_ENTRY_SHARE = 2  # half of a fee is entry, the rest service
_NODE_SHARE = 20  # a twentieth goes to the node that took the transaction, the rest to the fee collector

QUERY_TINYBARS = 100_000_000 * HBAR_EQUIV // CENT_EQUIV // 100  # $0.0001 for a record, an account or a file


@dataclass(frozen=True, slots=True)
class Fee:
    """In tinybars. `entry` is part of `total`, and so is the node's share."""

    total: int

    @property
    def entry(self) -> int:
        return self.total // _ENTRY_SHARE

    @property
    def node(self) -> int:
        return self.total // _NODE_SHARE


def fee_of(body: pb.TransactionBody) -> Fee:
    """By kind; moving tokens costs ten times what moving HBAR does."""
    kind = body.WhichOneof("data") or "cryptoTransfer"
    if kind == "cryptoTransfer" and body.cryptoTransfer.tokenTransfers:
        kind = "cryptoTransfer+tokens"
    return Fee(_PICODOLLARS[kind] * HBAR_EQUIV // CENT_EQUIV // 100)
