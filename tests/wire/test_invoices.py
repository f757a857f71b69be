"""An invoice as it is shown, and answers as bytes."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from relay.invoice import Invoice, InvoiceId, InvoiceStatus, Offer
from relay.money import Account, Asset, ChainId
from relay.payment import Share
from relay.wire import api, invoices
from tests.changed import replace

NOW = datetime(2026, 11, 20, 12, 0, 0, 123456, tzinfo=UTC)
TESTNET, BASE = ChainId("hedera", "testnet"), ChainId("eip155", "8453")

INVOICE = Invoice(
    id=InvoiceId("inv_1"),
    merchant="shop",
    offers=(
        Offer(TESTNET, Asset("0.0.0"), (Share(Account("0.0.2001"), 900), Share(Account("0.0.3001"), 100))),
        Offer(BASE, Asset("native"), (Share(Account("0xAb"), 2**255),)),
    ),
    memo="relay:abc",
    content="post-42",
    created=NOW,
    expires=NOW + timedelta(hours=1),
    metadata={"order": "7"},
)


def test_an_invoice_shows_its_first_offer_at_the_top_and_each_as_a_requirement():
    first = {
        "network": "hedera:testnet",
        "asset": "0.0.0",
        "amount": "1000",
        "payTo": [{"account": "0.0.2001", "amount": "900"}, {"account": "0.0.3001", "amount": "100"}],
    }
    second = {
        "network": "eip155:8453",
        "asset": "native",
        "amount": str(2**255),
        "payTo": [{"account": "0xAb", "amount": str(2**255)}],
    }
    assert invoices.invoice_json(INVOICE, NOW, url="https://pay/i/inv_1", terms=lambda offer: None) == {
        "id": "inv_1",
        "status": "created",
        **first,
        "memo": "relay:abc",
        "merchant": "shop",
        "contentId": "post-42",
        "payment": None,
        "createdAt": "2026-11-20T12:00:00.123456Z",
        "expiresAt": "2026-11-20T13:00:00.123456Z",
        "redirectUrl": None,
        "url": "https://pay/i/inv_1",
        "requirements": [
            {"scheme": "signed", **first, "memo": "relay:abc"},
            {"scheme": "signed", **second, "memo": "relay:abc"},
        ],
        "paid": "0",
        "remaining": "1000",
        "flags": [],
        "policy": {"partial": "refuse", "tolerance": "0", "overpaymentAbove": "0.01", "lateWindow": 86400},
        "price": None,
        "quote": None,
        "quoteExpiresAt": None,
    }


def test_an_invoice_past_its_time_is_shown_as_expired():
    assert invoices.invoice_json(INVOICE, INVOICE.expires, url="", terms=lambda offer: None)["status"] == "expired"
    paid = replace(INVOICE, status=InvoiceStatus.SETTLED)
    assert invoices.invoice_json(paid, INVOICE.expires, url="", terms=lambda offer: None)["status"] == "settled"


def test_answers_are_compact_json():
    assert api.encode({"a": [1, "ä", None]}) == '{"a":[1,"ä",null]}'.encode()
