"""JSON of selling by x402: offers, access granted, and what is listed for buyers to discover."""

from __future__ import annotations

from typing import Annotated, Any, Literal

import msgspec
from msgspec import UNSET, Meta, UnsetType

from relay.errors import InvalidRequest
from relay.wire.answers import Time
from relay.wire.x402 import PaymentRequirements

MAX_URL = 2_000
MAX_TAGS, MAX_WORD = 5, 32  # x402's bounds
METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE")

Url = Annotated[str, Meta(min_length=1, max_length=MAX_URL)]
Word = Annotated[str, Meta(min_length=1, max_length=MAX_WORD)]
Method = Literal["GET", "POST", "PUT", "PATCH", "DELETE"]


class AskOffers(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    price: Annotated[str, Meta(max_length=50)]


class Alternative(msgspec.Struct, frozen=True, kw_only=True):
    network: str
    asset: str
    amount: str


class Offers(msgspec.Struct, frozen=True, rename="camel", kw_only=True):
    """The ways to pay a price: `accepts` by x402, `alternatives` by an invoice. Holds for `expiresIn` seconds."""

    accepts: list[PaymentRequirements]
    alternatives: list[Alternative]
    issuer: str
    audience: str
    shown: str
    expires_in: float


class Grant(msgspec.Struct, frozen=True, forbid_unknown_fields=True, rename="camel", kw_only=True):
    """`POST /v1/access/grant`."""

    payment: Annotated[str, Meta(max_length=60)]
    content_id: Annotated[str, Meta(min_length=1, max_length=200)]


class Granted(msgspec.Struct, frozen=True, rename="camel", kw_only=True):
    access_token: str
    payment: str
    content_id: str


class ListResource(msgspec.Struct, frozen=True, forbid_unknown_fields=True, rename="camel", kw_only=True):
    """`POST /v1/resources`: something to buy, listed for a week."""

    url: Url
    price: Annotated[str, Meta(max_length=50)]
    method: Method = "GET"
    description: Annotated[str, Meta(max_length=500)] | None = None
    mime_type: Annotated[str, Meta(max_length=100)] | None = None
    service_name: Word | None = None
    tags: Annotated[list[Word], Meta(max_length=MAX_TAGS)] | None = None
    icon_url: Url | None = None

    def require_printable(self) -> None:
        """Raises `InvalidRequest`: what is shown to strangers holds no control characters."""
        texts = (self.url, self.description, self.mime_type, self.service_name, *(self.tags or ()), self.icon_url)
        if not all(text is None or text.isprintable() for text in texts):
            raise InvalidRequest("a listing is of printable characters")


class OwnResource(msgspec.Struct, kw_only=True, rename="camel"):
    """A listing as its merchant sees it."""

    id: str
    url: str
    method: str
    price: str
    updated_at: Time


class OwnResources(msgspec.Struct, kw_only=True, rename="camel"):
    data: list[OwnResource]
    has_more: bool
    next: str | None


class Discover(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """The filters of discovery; names nobody here knows are ignored, as the protocol may grow."""

    type: str | None = None
    pay_to: str | None = None
    scheme: str | None = None
    network: str | None = None
    extensions: str | None = None
    limit: Annotated[int, Meta(ge=1, le=100)] = 20
    offset: Annotated[int, Meta(ge=0, le=10_000)] = 0


class Discovered(msgspec.Struct, kw_only=True, rename="camel"):
    resource: str
    type: str
    x402_version: int
    accepts: list[PaymentRequirements]
    last_updated: Time
    description: str | UnsetType = UNSET
    mime_type: str | UnsetType = UNSET
    service_name: str | UnsetType = UNSET
    tags: list[str] | UnsetType = UNSET
    icon_url: str | UnsetType = UNSET
    extensions: dict[str, Any] | UnsetType = UNSET


class Pagination(msgspec.Struct, kw_only=True):
    limit: int
    offset: int
    total: int


class Catalogue(msgspec.Struct, kw_only=True, rename="camel"):
    """What `GET /discovery/resources` answers, as x402's Bazaar does."""

    x402_version: int
    items: list[Discovered]
    pagination: Pagination
