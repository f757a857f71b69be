"""A transfer as nodes take it: one transaction for each node its payer signed it for.

What was decoded here is kept for a moment, so that sending the transfer and looking for it need not read it again.
"""

from __future__ import annotations

from collections import OrderedDict
from datetime import datetime
from functools import lru_cache
from typing import NamedTuple

from relay import hapi_pb2 as pb
from relay.chains.hedera import names
from relay.chains.hedera.envelope import open_envelope, transaction_of
from relay.chains.hedera.wire import pack
from relay.money import Account, TxId

KEPT = 4_096  # transfers, the latest: some seconds of them; an older one is read again
KEPT_BYTES = 4_096  # of one, in all copies: anybody can sign one for 50 nodes that takes 100 KB here and pays nobody

_HEADER = pack(1, pb.QueryHeader().SerializeToString())
_kept: OrderedDict[bytes, tuple[Copy, ...]] = OrderedDict()


class Copy(NamedTuple):
    """One transaction, and what sending it and looking for it need to know."""

    node: Account
    transaction: bytes
    query: bytes  # the free question for its receipt
    id: TxId
    valid_from: datetime
    valid_until: datetime


def copies_in(raw: bytes) -> tuple[Copy, ...]:
    """The copies in `raw` as `decode` returned it, in the payer's order; nothing is checked again."""
    return _kept.get(raw) or keep(raw, tuple(_read(signed) for signed in open_envelope(raw)))


def keep(raw: bytes, copies: tuple[Copy, ...]) -> tuple[Copy, ...]:
    """Remember what was read of `raw`, unless that is much."""
    if len(raw) <= KEPT_BYTES:
        _kept[raw] = copies
    if len(_kept) > KEPT:
        _kept.popitem(last=False)
    return copies


def query_for(id: pb.TransactionID) -> bytes:
    """The free question for a receipt: a Query of a TransactionGetReceiptQuery, its header empty, without payment."""
    return asking(id.SerializeToString())


def asking(id: bytes) -> bytes:
    """The same of an id's bytes."""
    return _asking(len(id)) + id


@lru_cache(maxsize=256)
def _asking(size: int) -> bytes:
    query = pack(14, _HEADER + pack(2, bytes(size)))
    return query[: len(query) - size]


def _read(signed: bytes) -> Copy:
    body = pb.TransactionBody.FromString(pb.SignedTransaction.FromString(signed).bodyBytes)
    id = body.transactionID
    payer, node = names.account_of(id.accountID, "the payer"), names.account_of(body.nodeAccountID, "the node")
    return Copy(node, transaction_of(signed), query_for(id), names.tx_id_of(id, payer), *names.window(body))
