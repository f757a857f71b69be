"""assign(): a merchant says which of his invoices money was for that came and answered none (`funds.unassigned`).

It then counts like late money: as a part or the whole, flagged `late` where the invoice had ended. His word stands in
for the late window, which is over, but not for what the money is: the same asset, to an account that the invoice pays.
"""

from __future__ import annotations

from datetime import datetime

import msgspec

from relay.audit import act
from relay.chain import WATCHED
from relay.channel import Event
from relay.checkout import Checkout
from relay.credit import offer_for, part_of
from relay.errors import Conflict
from relay.ids import new_id
from relay.invoice import OPEN, Invoice
from relay.payment import Payment, Status
from relay.store.assignments import Lost
from relay.store.journal import Journal
from relay.wire import events


async def assign(
    journal: Journal, checkout: Checkout, payment: Payment, invoice: Invoice, *, by: str, now: datetime
) -> tuple[Payment, Event | None]:
    """The payment as the invoice's, and the news of it; none where it was that before.

    Both are the same merchant's. Raises `Conflict`, and `RateUnavailable` where the invoice's price has no amount now.
    """
    if payment.invoice == invoice.id:
        return payment, None
    if payment.status is not Status.SETTLED or payment.signed.scheme != WATCHED or payment.invoice is not None:
        raise Conflict("only settled money that came for no invoice can be assigned; see funds.unassigned")
    if payment.content not in (None, invoice.content):
        raise Conflict("the payment was for other content, and opens that alone")
    if invoice.status not in OPEN:
        raise Conflict(f"the invoice is {invoice.status}: it takes no more money")
    invoice = await checkout.fresh(invoice)
    offer = offer_for(invoice, payment.signed.chain, payment.asset)
    if offer is None or not part_of(offer, payment.pay_to):
        raise Conflict("the invoice asks for another asset, or another account than was paid")
    after = msgspec.structs.replace(
        payment, invoice=invoice.id, content=invoice.content, updated=now, version=payment.version + 1
    )
    id = new_id("evt", now)
    token = await checkout.access_token(after) if events.opens_content(after) else None
    done = act(by, "payment.assigned", payment.merchant, payment.id, now, {"invoice": invoice.id})
    match await journal.assign(
        payment,
        after,
        lambda seq, stands: events.payment_event(after, id=id, seq=seq, token=token, invoice=stands),
        done,
    ):
        case Lost():
            raise Conflict("the payment or the invoice has changed meanwhile; read both again")
        case event:
            return after, event
