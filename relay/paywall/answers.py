"""What the paywall itself says: 402 in all its forms, 503 that asks for the same payment again, CORS around them."""

from __future__ import annotations

from html import escape
from importlib import resources
from string import Template
from urllib.parse import quote, urlsplit

import msgspec

from relay.paywall.payment import Presented, in_version_1
from relay.paywall.prices import Access, Rule
from relay.paywall.remote import Offers
from relay.paywall.request import Asked, Served
from relay.paywall.sales import Receipt
from relay.wire import x402, x402_v1
from relay.wire.x402_networks import read_network

ALLOWED = f"{x402.SIGNATURE_HEADER}, {x402.SIGNATURE_HEADER_V1}, SIGN-IN-WITH-X, Authorization, Content-Type"
EXPOSED = f"{x402.REQUIRED_HEADER}, {x402.RESPONSE_HEADER}, {x402.RESPONSE_HEADER_V1}"
JSON = "application/json"
RETRY_SECONDS = 3
DOOR = "/.paywall"  # where people go in
_STYLE_POLICY = "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; frame-ancestors 'none'"


def terms(asked: Asked, rule: Rule, offers: Offers, error: str) -> x402.PaymentRequired:
    """What a request costs, in version 2's words."""
    resource = x402.Resource(
        url=asked.url, description=rule.description or asked.path, mime_type=rule.mime_type or None
    )
    return x402.PaymentRequired(resource=resource, accepts=offers.accepts, error=error)


def payment_required(
    asked: Asked, rule: Rule, offers: Offers, error: str = "payment required", receipt: Receipt | None = None
) -> Served:
    """A 402 for whoever asks: version 2 in its header, version 1 in the body, and for a person a page."""
    wanted = terms(asked, rule, offers, error)
    old = msgspec.structs.replace(wanted, accepts=tuple(offer for offer in offers.accepts if in_version_1(offer)))
    served = Served(402, [(x402.REQUIRED_HEADER, x402.header(x402.required(wanted))), ("Cache-Control", "no-store")])
    if receipt is not None:
        served.set(x402.RESPONSE_HEADER, x402.header(receipt))
        served.set(x402.RESPONSE_HEADER_V1, x402.header(receipt))
    if asked.wants_page:
        served.body = _page(asked, rule, offers).encode()
        served.set("Content-Type", "text/html; charset=utf-8")
        pay_at = urlsplit(offers.issuer)
        goes = f"form-action 'self' {pay_at.scheme}://{pay_at.netloc}"  # a browser judges where a form ends up, too
        served.set("Content-Security-Policy", f"{_STYLE_POLICY}; {goes}")
        served.set("Referrer-Policy", "same-origin")
    else:
        served.body = msgspec.json.encode(x402_v1.required(old))
        served.set("Content-Type", JSON)
    served.set("Vary", "Accept")
    return with_cors(served)


def try_again(detail: str, *, seconds: int = RETRY_SECONDS, status: int = 503) -> Served:
    """Not now, and with the same payment: never a reason to sign another one."""
    body = {"error": "try_again", "detail": detail, "retryAfter": seconds}
    headers = [("Content-Type", JSON), ("Cache-Control", "no-store"), ("Retry-After", str(seconds))]
    return with_cors(Served(status, headers, msgspec.json.encode(body)))


def pending(presented: Presented) -> Served:
    """The payment is on its way. The same request with the same payment hears how it went."""
    served = try_again("the payment is being settled; send the same request with the same payment header again")
    receipt = {"success": False, "errorReason": "settlement_pending", "transaction": "", "network": _named(presented)}
    served.set(presented.response_header, x402.header(receipt))
    return served


def refused(status: int, error: str, detail: str) -> Served:
    """What the paywall itself will not do."""
    body = msgspec.json.encode({"error": error, "detail": detail})
    return with_cors(Served(status, [("Content-Type", JSON), ("Cache-Control", "no-store")], body))


def paid(served: Served, presented: Presented, receipt: Receipt) -> Served:
    """What was bought, with its receipt; for whoever paid and no cache in between."""
    served.set(presented.response_header, x402.header(receipt))
    return with_cors(private(served))


def private(served: Served) -> Served:
    """Keep shared caches from giving it away."""
    had = [part.strip() for part in (served.header("Cache-Control") or "").split(",") if part.strip()]
    kept = [part for part in had if part.partition("=")[0].lower() not in ("public", "s-maxage", "private")]
    served.set("Cache-Control", ", ".join(["private", *kept]))
    return served


def with_cors(served: Served) -> Served:
    """Let pages of other sites read what a buyer needs to read. The site's own word about who may is kept."""
    if served.header("Access-Control-Allow-Origin") is None:
        served.set("Access-Control-Allow-Origin", "*")
    served.add_words("Access-Control-Expose-Headers", EXPOSED)
    return served


def preflight(served: Served) -> Served:
    """A browser's question before it sends a payment: the site's answer, if it gave one, and our headers."""
    if served.status >= 400 or served.header("Access-Control-Allow-Origin") is None:
        methods = "GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS"
        served = Served(204, [("Access-Control-Allow-Origin", "*"), ("Access-Control-Allow-Methods", methods)])
    served.add_words("Access-Control-Allow-Headers", ALLOWED)
    return served


def waiting_page(asked: Asked) -> Served:
    """For a person whose payment is on its way; it looks again by itself."""
    text = _template("waiting.html").substitute(here=escape(asked.target, quote=True))
    headers = [("Content-Type", "text/html; charset=utf-8"), ("Cache-Control", "no-store")]
    return Served(200, [*headers, ("Content-Security-Policy", _STYLE_POLICY)], text.encode())


def _page(asked: Asked, rule: Rule, offers: Offers) -> str:
    sold = rule.access is not Access.NONE
    amount, unit = rule.price.split(" ")
    price = f"${amount}" if unit == "USD" else rule.price
    action = f"{DOOR}/pay?for={quote(asked.target, safe='')}"
    form = _template("buy.html").substitute(action=action, price=price) if sold else ""
    return _template("required.html").substitute(
        site=escape(urlsplit(asked.url).netloc),
        title=escape(rule.description or asked.path),
        price=price,
        ways=escape("" if offers.shown == price else offers.shown),
        form=form,
        note=escape(
            "You pay with a wallet, straight to this site, and come back here." if sold
            else "This is sold to programs, by the request: any x402 client can buy it."
        ),
    )  # fmt: skip


def _template(name: str) -> Template:
    return Template(resources.files("relay.paywall").joinpath("pages", name).read_text("utf-8"))


def _named(presented: Presented) -> str:
    return x402_v1.named(read_network(presented.payload.network), presented.payload.version)
