"""The way in for people: from the 402 to an invoice's pay page, and back with an access token in a cookie.

    page ──402──▶ POST /.paywall/pay ──303──▶ the relay's /i/{id} ──paid──▶ GET /.paywall/back ──303──▶ page

A cookie with the invoice's secret ties the invoice to the browser that asked for it: an id alone opens nothing.
"""

from __future__ import annotations

import hmac
from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import parse_qs, quote, urlsplit

from relay.errors import RelayError
from relay.paywall import answers
from relay.paywall.prices import Access, PriceList, Rule
from relay.paywall.quota import Quota
from relay.paywall.remote import Remote
from relay.paywall.request import Asked, Served
from relay.paywall.terms import Terms
from relay.paywall.tokens import content_of, cookie_of

INVOICES, INVOICES_SECONDS = 20, 60.0  # that one address may ask for
INVOICE_SECONDS = 900  # what follows a rate must not be waited out
MOST_TOKENS = 8  # cookies of ours in one browser: servers refuse headers of more than 8 KiB
HTTPS = "https://"


class Door:
    def __init__(self, prices: PriceList, terms: Terms, remote: Remote, clock: Callable[[], float]) -> None:
        self._prices = prices
        self._terms = terms
        self._remote = remote
        self._invoices = Quota(clock)

    async def enter(self, asked: Asked) -> Served:
        """Answer a request below /.paywall/."""
        query = parse_qs(asked.query)
        if asked.path == f"{answers.DOOR}/pay" and asked.method == "POST":
            return await self._pay(asked, query.get("for", [""])[0])
        if asked.path == f"{answers.DOOR}/back" and asked.method == "GET":
            return await self._back(asked, query.get("to", [""])[0])
        return answers.refused(404, "not_found", f"there is no {asked.path[:100]}")

    async def claim(self, asked: Asked, rule: Rule) -> Served | None:
        """For a reader with an invoice's cookie: the way in if it is paid by now, patience if it is about to be."""
        content = content_of(rule, asked.path, asked.query)
        invoice = await self._invoice(asked, content)
        match None if invoice is None else invoice.get("status"):
            case "settled":
                return await self._let_in(asked, asked.target, content, str((invoice or {}).get("payment")))
            case "processing":
                return answers.waiting_page(asked)
            case _:
                return None

    async def _pay(self, asked: Asked, target: str) -> Served:
        """Make an invoice for what is behind `target`, and go to where it is paid."""
        rule = self._rule(target)
        if rule is None:
            return answers.refused(404, "not_found", "nothing is sold to people there")
        sent_from = asked.headers.get("origin")
        if sent_from is not None and urlsplit(sent_from).netloc != urlsplit(asked.url).netloc:
            return answers.refused(403, "forbidden", "this form belongs on this site's own pages")
        if not self._invoices.take(asked.client, INVOICES, INVOICES_SECONDS):
            return answers.try_again("too many payments were begun from here", seconds=30, status=429)
        path, _, query = target.partition("?")
        content = content_of(rule, path, query)
        offers = await self._terms.of(rule.price)
        invoice = await self._remote.invoice(
            {
                "alternatives": list(offers.alternatives),
                "contentId": content,
                "expiresIn": INVOICE_SECONDS,
                "redirectUrl": f"{asked.origin}{answers.DOOR}/back?to={quote(target, safe='')}",
            }
        )
        cookie = _cookie(asked, cookie_of("invoice", content), f"{invoice['id']}.{invoice['secret']}", INVOICE_SECONDS)
        return _see(str(invoice["url"]), cookie)

    async def _back(self, asked: Asked, target: str) -> Served:
        """Where the pay page sends people: on to what they bought."""
        rule = self._rule(target)
        if rule is None:
            return _see("/")
        path, _, query = target.partition("?")
        content = content_of(rule, path, query)
        invoice = await self._invoice(asked, content)
        if invoice is None or invoice.get("status") not in ("settled", "processing"):
            return _see(target)
        if invoice["status"] == "processing":
            return answers.waiting_page(asked)
        return await self._let_in(asked, target, content, str(invoice["payment"]))

    async def _let_in(self, asked: Asked, target: str, content: str, payment: str) -> Served:
        token = await self._remote.grant(payment, content)
        mine = cookie_of("access", content)
        kept = [name for name in asked.cookies() if name.startswith("paywall_access_") and name != mine]
        gone = [_cookie(asked, name, "", 0) for name in (*kept[: 1 - MOST_TOKENS], cookie_of("invoice", content))]
        return _see(target, _cookie(asked, mine, token, None), *gone)

    async def _invoice(self, asked: Asked, content: str) -> Mapping[str, Any] | None:
        """The invoice this browser asked for, for this content; None for anybody else's."""
        id, _, secret = asked.cookies().get(cookie_of("invoice", content), "").partition(".")
        if not id.startswith("inv_") or not id.isascii() or not id.replace("_", "").isalnum() or len(id) > 60:
            return None
        try:
            invoice = await self._remote.read_invoice(id)
        except RelayError:
            return None  # whatever it is, it does not open anything now
        same = hmac.compare_digest(str(invoice.get("secret")).encode(), secret.encode())
        return invoice if same and invoice.get("contentId") == content else None

    def _rule(self, target: str) -> Rule | None:
        """The rule for a page of this site that is sold to people; None for any other address."""
        if not target.startswith("/") or target.startswith("//") or not target.isprintable() or "\\" in target:
            return None
        rule = self._prices.find("GET", target.partition("?")[0])
        return None if rule is None or rule.access is Access.NONE else rule


def _cookie(asked: Asked, name: str, value: str, seconds: int | None) -> str:
    age = "" if seconds is None else f"; Max-Age={seconds}"
    secure = "; Secure" if asked.url.startswith(HTTPS) else ""
    return f"{name}={value}; Path=/; HttpOnly; SameSite=Lax{age}{secure}"


def _see(where: str, *cookies: str) -> Served:
    headers = [("Location", where), ("Cache-Control", "no-store"), ("Referrer-Policy", "same-origin")]
    return Served(303, [*headers, *(("Set-Cookie", cookie) for cookie in cookies)])
