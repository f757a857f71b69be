"""The price list: which requests cost what. Pure; the first rule that fits decides, and what fits none is free.

    /articles/*      everything below          *       any characters, slashes too
    /users/:id       one segment of a path     [id]    the same, as x402's SDKs write it

A path is compared in one spelling, whatever the request's: decoded once, no empty, `.` or `..` segments, no
`;parameters`, no slash at its end, letters in any case. Servers differ in what they take for one page; a price must
not.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import cached_property
from posixpath import normpath
from urllib.parse import unquote

from relay.errors import Misconfigured

MAX_RULES = 1_000
MAX_PATTERN = 500
FREE = "free"
SAFE = frozenset({"GET", "HEAD"})  # asked twice, they change nothing
METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE"})

_AMOUNT = re.compile(r"\$?\s*([0-9]{1,30}(?:\.[0-9]{1,30})?)\s*([A-Za-z]{2,12})?")
_TOKEN = re.compile(r"\*+|\[[^/\]]+\]|(?<=/):\w+|[^*\[:]+|.")


class Flow(StrEnum):
    """What comes first. `authorization`: a handler that fails costs nothing. `upfront`: no work before the money."""

    AUTHORIZATION = "authorization"
    UPFRONT = "upfront"


class Access(StrEnum):
    """Whose payment opens the page for as long as an access token lives, instead of for one request."""

    PEOPLE = "people"
    ALL = "all"
    NONE = "none"


@dataclass(frozen=True)
class Rule:
    """One line of the list. `price` is `$0.01`, `0.01 USDC`, `5 HBAR` or `free`; no `methods` means all of them."""

    path: str
    price: str
    methods: frozenset[str] = frozenset()
    description: str = ""
    mime_type: str = ""
    flow: Flow = Flow.AUTHORIZATION
    access: Access = Access.PEOPLE
    content: str | None = None  # what access tokens are for; else the path and query of each request
    free: int = 0  # requests of one client that cost nothing, in each `free_seconds`
    free_seconds: float = 86_400.0
    listed: tuple[str, ...] = ()  # paths to list for discovery, where `path` stands for many

    def __post_init__(self) -> None:
        if not self.path.startswith("/") or len(self.path) > MAX_PATTERN:
            raise Misconfigured(f"price list: path {self.path[:50]!r} begins with / and has at most 500 characters")
        if self.price != FREE:
            object.__setattr__(self, "price", read_price(self.price))
        if unknown := sorted(self.methods - METHODS):
            raise Misconfigured(f"price list: {unknown[0][:20]!r} is no method; there are {', '.join(sorted(METHODS))}")
        if self.free < 0 or self.free_seconds <= 0:
            raise Misconfigured("price list: free is a number of requests, free_seconds a span, neither negative")
        if self.content is not None and not (1 <= len(self.content) <= 200 and self.content.isprintable()):
            raise Misconfigured("price list: content has from 1 to 200 printable characters")

    @cached_property
    def _pattern(self) -> re.Pattern[str]:
        path = self.path.rstrip("/") or "/"
        return re.compile("".join(map(_part, _TOKEN.findall(path))), re.IGNORECASE | re.DOTALL)

    def fits(self, method: str, path: str) -> bool:
        """Whether it is for a request; `path` as `canonical` spells it. HEAD counts as GET, CONNECT and such as all."""
        asked = "GET" if method == "HEAD" else method
        return (not self.methods or asked in self.methods or asked not in METHODS) and bool(
            self._pattern.fullmatch(path) or (self.path.endswith("/*") and self._pattern.fullmatch(path + "/"))
        )


@dataclass(frozen=True)
class PriceList:
    rules: Sequence[Rule]

    def __post_init__(self) -> None:
        if len(self.rules) > MAX_RULES:
            raise Misconfigured(f"price list: at most {MAX_RULES} rules")

    @classmethod
    def of(cls, prices: Sequence[str]) -> PriceList:
        """Of lines such as `$0.01`, `/api/*=$0.01` or `POST /chat=0.02 USDC`."""
        return cls([read_rule(text) for text in prices])

    def find(self, method: str, raw_path: str) -> Rule | None:
        """The rule a request falls under, None where it costs nothing."""
        spellings = dict.fromkeys((canonical(raw_path), unquote(raw_path)))  # who reads `..` as it stands pays, too
        found = (next((rule for rule in self.rules if rule.fits(method, path)), None) for path in spellings)
        return next((rule for rule in found if rule is not None and rule.price != FREE), None)


def read_rule(text: str) -> Rule:
    """One line: `[METHOD[,METHOD] ][/path=]price`; raises `Misconfigured`."""
    where, separator, price = text.rpartition("=")
    if not separator:
        return Rule("/*", text.strip())
    methods, _, path = where.strip().rpartition(" ")
    return Rule(path, price.strip(), frozenset(filter(None, methods.upper().replace(" ", ",").split(","))))


def read_price(text: str) -> str:
    """A price in its one spelling: `0.01 USD`. Of which tokens and how many units, the relay knows."""
    found = _AMOUNT.fullmatch(text.strip())
    if found is None or not float(found[1]):
        raise Misconfigured(f"price {text[:50]!r} is none such as $0.01, 0.05 USDC, 5 HBAR or free")
    unit = (found[2] or "USD").upper()
    if "$" in text and unit != "USD":
        raise Misconfigured(f"price {text[:50]!r}: dollars or {unit}, not both")
    return f"{found[1]} {unit}"


def canonical(raw_path: str) -> str:
    """The one spelling of a path; `raw_path` is as the request has it, without its query."""
    path = unquote(raw_path, errors="replace").replace("\\", "/")
    path = "/".join(segment.partition(";")[0] for segment in path.split("/"))
    return normpath("/" + path.lstrip("/"))


def _part(token: str) -> str:
    if token.startswith("*"):
        return ".*"
    if (token.startswith("[") and token.endswith("]")) or (token.startswith(":") and len(token) > 1):
        return "[^/]+"
    return re.escape(token)
