"""A key and what it may do. Nothing is allowed by default: what a key lacks is an error that names it.

sk_live_…  sk_test_…  a server's: everything its scopes name
pk_live_…  pk_test_…  a page's, for all to see: from its own origins only, and only what a page may
ses_live_… ses_test_… a session, opened by a wallet's signature: short-lived, else as a server's
sk_…                  from before keys had an environment: live where the relay has a live network, else test
"""

from __future__ import annotations

import secrets
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from urllib.parse import urlsplit

from relay.environment import Environment
from relay.errors import Forbidden, InvalidRequest

SCOPES = (  # the noun of a route and what is done to it: see `scope_of` in relay.server.http
    "audit:read",
    "events:read",
    "invoices:read",
    "invoices:write",
    "keys:read",
    "keys:write",
    "payments:read",
    "payments:write",
    "webhooks:read",
    "webhooks:write",
)
PAGE_SCOPES = frozenset({"invoices:write"})  # all a page can be trusted with, and that only in part (see `is_page`)
ROLES = {
    "owner": SCOPES,
    "developer": tuple(scope for scope in SCOPES if scope not in ("keys:write", "audit:read")),
    "cashier": ("invoices:read", "invoices:write", "payments:read", "events:read"),
    "viewer": tuple(scope for scope in SCOPES if scope.endswith(":read") and scope not in ("keys:read", "audit:read")),
}
MAX_ORIGINS = 20
MAX_NAME = 100

_SHOWN = 8  # random characters of a key that name it; 35 more stay secret


class Kind(StrEnum):
    SECRET = "sk"  # noqa: S105  # how such keys begin
    PUBLISHABLE = "pk"
    SESSION = "ses"


@dataclass(frozen=True, slots=True)
class Key:
    """What is known of a key. `id` is how it begins and names it among its merchant's keys; None means not limited."""

    id: str
    merchant: str
    name: str
    kind: Kind
    environment: Environment | None
    scopes: frozenset[str] | None
    origins: tuple[str, ...]
    created: datetime
    expires: datetime | None = None
    last_used: datetime | None = None  # exact to a minute
    revoked: datetime | None = None

    @property
    def is_page(self) -> bool:
        """Whether everyone can read it, so that it proves no more than where it is used."""
        return self.kind is Kind.PUBLISHABLE

    def may(self, scope: str) -> bool:
        return self.scopes is None or scope in self.scopes

    def require(self, scope: str) -> None:
        """Raise `Forbidden` naming the scope when this key lacks it."""
        if not self.may(scope):
            has = ", ".join(sorted(self.scopes or ())) or "none"
            problem = Forbidden(f"this key lacks the scope {scope}; it has: {has}")
            problem.extensions = {"scope": scope}
            raise problem

    def require_origin(self, origin: str | None) -> None:
        """Raise `Forbidden` unless a page's key comes from a page it was made for."""
        if self.is_page and (origin is None or origin.lower() not in self.origins):
            came = "names no Origin" if origin is None else f"came from {origin[:100]}"
            raise Forbidden(f"this key is for pages of {', '.join(self.origins)}; the request {came}")

    def alive(self, now: datetime) -> bool:
        return self.revoked is None and (self.expires is None or now < self.expires)


def new_key(kind: Kind, environment: Environment) -> str:
    """The text of a new key: 256 random bits."""
    return f"{kind}_{environment}_{secrets.token_urlsafe(32)}"


def id_of(text: str) -> str:
    """How a new key begins: enough to tell it from its merchant's other keys, too little to use it."""
    return text[: text.index("_", text.index("_") + 1) + 1 + _SHOWN]


def kind_of(text: str) -> Kind | None:
    """The kind that a key or its id shows; None for what can be no key."""
    prefix, separator, _ = text.partition("_")
    return Kind(prefix) if separator and prefix in set(Kind) else None


def read_scopes(wanted: Iterable[str] | None, role: str | None, *, page: bool) -> frozenset[str]:
    """The scopes someone asked for, by name or by role; raises `InvalidRequest` for none and for unknown ones."""
    if (wanted is None) == (role is None):
        raise InvalidRequest(f"give scopes ({', '.join(SCOPES)}) or a role ({', '.join(ROLES)})")
    if role is not None and role not in ROLES:
        raise InvalidRequest(f"role: one of {', '.join(ROLES)}")
    scopes = frozenset(ROLES[role] if role is not None else wanted or ())
    known = PAGE_SCOPES if page else frozenset(SCOPES)
    if unknown := sorted(scopes - known):
        kind = "a publishable key may have" if page else "there are"
        raise InvalidRequest(f"scopes: {unknown[0][:50]!r} is none; {kind} {', '.join(sorted(known))}")
    if not scopes and not page:
        raise InvalidRequest("scopes: a key that may nothing is of no use")
    return scopes


def read_origins(origins: Iterable[str], *, page: bool) -> tuple[str, ...]:
    """The sites a page's key works on, as browsers spell an Origin. Others have none."""
    found = tuple(dict.fromkeys(read_origin(text) for text in origins))
    if page != bool(found):
        raise InvalidRequest(
            "origins: a publishable key names its sites, such as https://shop.example; others have none"
        )
    if len(found) > MAX_ORIGINS:
        raise InvalidRequest(f"origins: at most {MAX_ORIGINS}")
    return found


def read_origin(text: str) -> str:
    """An origin as browsers send it: scheme, host and port, lower-case, no default port."""
    try:
        parts = urlsplit(text)
        port = parts.port
    except ValueError:
        parts, port = urlsplit(""), None
    host = parts.hostname or ""
    extra = parts.path not in ("", "/") or parts.query or parts.fragment or "@" in parts.netloc
    if parts.scheme not in ("http", "https") or not host or extra or not host.isascii() or len(text) > 300:
        raise InvalidRequest(f"origin: {text[:50]!r} is not scheme, host and port such as https://shop.example")
    host = f"[{host}]" if ":" in host else host
    default = {"http": 80, "https": 443}[parts.scheme]
    return f"{parts.scheme}://{host}" + (f":{port}" if port not in (None, default) else "")
