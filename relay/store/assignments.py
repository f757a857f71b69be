"""Money that answered no invoice becomes an invoice's, as its merchant says: credit, news and audit at once."""

from __future__ import annotations

from dataclasses import dataclass

from relay.audit import Act
from relay.channel import Event
from relay.payment import Payment
from relay.store.audit import note
from relay.store.columns import micros
from relay.store.credits import follow
from relay.store.entries import Telling
from relay.store.news import EVENTS, append
from relay.store.rows import event_of
from relay.store.tx import Tx

_TAKE_INVOICE = """
    UPDATE invoices SET version = version + 1
     WHERE id = :id AND merchant = :merchant AND status IN ('created', 'partial')
"""
_ASSIGN = """
    UPDATE payments SET invoice = :invoice, content = :content, updated = :updated, version = :version
     WHERE id = :id AND merchant = :merchant AND invoice IS NULL AND status = 'settled' AND version = :before
"""


@dataclass(frozen=True, slots=True)
class Lost:
    """The payment or the invoice is not any more what it was when it was read. Nothing was written."""


def assign(tx: Tx, before: Payment, after: Payment, tell: Telling, done: Act) -> Event | Lost:
    """Make `before` a payment of the invoice that `after` names, while that one is open."""
    own = tx.one(EVENTS + "WHERE id = :id", id=tell(0, None).id)
    if own is not None:
        return event_of(own)  # written by this operation before the wire broke
    if not tx.run(_TAKE_INVOICE, id=after.invoice, merchant=after.merchant):
        return Lost()
    changed = tx.run(
        _ASSIGN,
        id=after.id,
        merchant=after.merchant,
        invoice=after.invoice,
        content=after.content,
        updated=micros(after.updated),
        version=after.version,
        before=before.version,
    )
    if not changed:
        return Lost()
    stands = follow(tx, after, over=True)
    tx.run(  # what it was worth is told of the day it settled, not of the day it was assigned
        "UPDATE credits SET settled = :settled WHERE payment = :id", id=after.id, settled=micros(before.updated)
    )
    note(tx, done)
    return append(tx, after.merchant, lambda seq: tell(seq, stands))
