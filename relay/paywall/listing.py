"""What of a price list is listed for buyers to discover: what has an address of its own, and what a rule names."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from relay.paywall.prices import FREE, PriceList

LISTED_SECONDS = 6 * 3600.0  # how often it is told anew; a relay forgets what it does not hear of for a week


def listings(prices: PriceList, site: str, service: str = "") -> Iterator[Mapping[str, object]]:
    """The bodies of `POST /v1/resources`. A pattern is no address: what it stands for is in its rule's `listed`."""
    for rule in prices.rules:
        if rule.price == FREE:
            continue
        paths = rule.listed or (() if any(sign in rule.path for sign in "*[:") else (rule.path,))
        for path in paths:
            for method in sorted(rule.methods - {"HEAD"}) or ["GET"]:
                shown = {"description": rule.description, "mimeType": rule.mime_type, "serviceName": service}
                yield {
                    "url": site.rstrip("/") + path,
                    "method": method,
                    "price": rule.price,
                    **{name: text for name, text in shown.items() if text},
                }
