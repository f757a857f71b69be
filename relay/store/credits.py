"""What a payment's change means for its invoice, inside the transaction that records the change."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction

import msgspec

from relay.chain import WATCHED
from relay.credit import Credit, Standing, offer_for, paid_by, part_of, shares_of, standing
from relay.invoice import Flag, Invoice, InvoiceStatus
from relay.money import Account, ChainId
from relay.payment import NO_MONEY_MOVED, Payment, Status
from relay.store.columns import micros, moment
from relay.store.invoice_rows import COLUMNS, invoice_of
from relay.store.tx import Row, Tx

_TAKE = f"UPDATE invoices SET version = version + 1 WHERE id = :id RETURNING {COLUMNS}"  # noqa: S608  # our own columns
_CREDIT = """
    INSERT INTO credits (payment, invoice, part, at, settled, offer, shares)
    VALUES (:payment, :invoice, :part, :at, :settled, :offer, :shares)
    ON CONFLICT (payment) DO NOTHING
"""
_CREDITS = """
    SELECT c.payment, c.part, c.at, c.offer, c.shares{more} FROM credits c {join}
     WHERE c.invoice = :id ORDER BY c.at, c.payment
"""
_STAND = """
    UPDATE invoices SET status = :status, payment = :payment, paid = :paid, flags = :flags WHERE id = :id
"""


def claim(tx: Tx, payment: Payment) -> bool:
    """Take the invoice for a transfer that is about to be sent: one at a time, and only while it is open."""
    sql = (
        "UPDATE invoices SET status = 'processing', payment = :payment, version = version + 1"
        " WHERE id = :invoice AND merchant = :merchant AND status IN ('created', 'partial')"
    )
    return bool(tx.run(sql, payment=payment.id, invoice=payment.invoice, merchant=payment.merchant))


def follow(tx: Tx, payment: Payment, *, over: bool) -> Standing | None:
    """Let a payment's invoice stand as its payments now do; None when it has none, or nothing changes.

    `over`: nobody looks at the payment again, so that it holds the invoice no longer.
    """
    if payment.invoice is None:
        return None
    if payment.status not in NO_MONEY_MOVED and payment.status not in (Status.SETTLED, Status.REVERTED):
        return None
    row = tx.one(_TAKE, id=payment.invoice)
    if row is None:
        return None
    invoice = invoice_of(row)
    _credit(tx, invoice, payment)
    holder = row["payment"] if invoice.status is InvoiceStatus.PROCESSING else None
    if holder == payment.id and over:
        holder = None
    if payment.status is Status.REVERTED and not over and payment.signed.scheme != WATCHED:
        holder = payment.id  # it may land again
    credits = _credits(tx, invoice)
    stands = standing(invoice, credits, claimed=holder is not None, reverted=_reverted(tx, invoice, payment))
    tx.run(
        _STAND,
        id=invoice.id,
        status=stands.status.value,
        payment=holder or _payer(row, credits),
        paid=str(stands.paid),
        flags=_encode(sorted(stands.flags)),
    )
    if invoice.status is InvoiceStatus.SETTLED and not has_paid(tx, invoice, payment.signed.chain, payment.payer):
        return replace(stands, opens=False)  # it was paid, and not by him
    return stands


def has_paid(tx: Tx, invoice: Invoice, chain: ChainId, payer: Account) -> bool:
    """Whether a paid invoice is this payer's: his own payments make it up, or most of it and the last of it.

    A memo is public once it is on the ledger, so anyone can pay a crumb of an invoice, before its payer or after him:
    the crumb neither opens what is sold nor closes it to whoever paid.
    """
    payers = _CREDITS.format(more=", p.chain, p.payer", join="JOIN payments p ON p.id = c.payment")
    rows = tx.all(payers, id=invoice.id)
    credits = [_credit_of(row) for row in rows]
    his = [(row["chain"], row["payer"]) == (str(chain), payer) for row in rows]
    own = paid_by(credit for credit, mine in zip(credits, his, strict=True) if mine)
    if own >= invoice.policy.enough:
        return True
    last = next((n for n in range(len(rows)) if paid_by(credits[: n + 1]) >= invoice.policy.enough), None)
    return last is not None and his[last] and 2 * own > 1


def _credit(tx: Tx, invoice: Invoice, payment: Payment) -> None:
    offer = offer_for(invoice, payment.signed.chain, payment.asset)
    if payment.status is Status.SETTLED and offer is not None:
        shares = shares_of(offer, payment.pay_to)
        tx.run(
            _CREDIT,
            payment=payment.id,
            invoice=invoice.id,
            part=str(part_of(offer, payment.pay_to)),
            at=micros(payment.created),
            settled=micros(payment.updated),
            offer=f"{offer.chain} {offer.asset}",
            shares=None if len(shares) == 1 else _encode({account: str(part) for account, part in shares.items()}),
        )
    elif payment.status is Status.REVERTED:
        tx.run("DELETE FROM credits WHERE payment = :payment", payment=payment.id)


def _credits(tx: Tx, invoice: Invoice) -> list[Credit]:
    return [_credit_of(row) for row in tx.all(_CREDITS.format(more="", join=""), id=invoice.id)]


def _credit_of(row: Row) -> Credit:
    shares = msgspec.json.decode(row["shares"] or "{}", type=dict[str, str])
    return Credit(
        row["payment"],
        Fraction(row["part"]),
        moment(row["at"]),
        row["offer"] or "",
        {account: Fraction(share) for account, share in shares.items()},
    )


def _reverted(tx: Tx, invoice: Invoice, payment: Payment) -> bool:
    if payment.status is not Status.REVERTED and Flag.REVERTED not in invoice.flags:
        return False  # the usual case, without a question
    sql = "SELECT id FROM payments WHERE invoice = :id AND status = 'reverted' LIMIT 1"
    return tx.one(sql, id=invoice.id) is not None


def _payer(row: Row, credits: list[Credit]) -> str | None:
    """The payment an invoice names while nothing is under way: what it named, if that counts, else the first."""
    known = {credit.payment for credit in credits}
    if row["payment"] in known:
        return str(row["payment"])
    return credits[0].payment if credits else None


def _encode(value: object) -> str:
    return msgspec.json.encode(value).decode()
