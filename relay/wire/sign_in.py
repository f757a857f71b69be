"""Sign-in and restored access: what is asked and what is answered."""

from __future__ import annotations

from typing import Literal

import msgspec

from relay.environment import Environment
from relay.wire.answers import Time


class SignInChallenge(msgspec.Struct, frozen=True, forbid_unknown_fields=True, rename="camel", kw_only=True):
    """Which account signs, and what the session may; all, if nothing is said."""

    network: str
    account: str
    scopes: list[str] | None = None
    role: str | None = None


class AccessChallenge(msgspec.Struct, frozen=True, forbid_unknown_fields=True, rename="camel", kw_only=True):
    """Which account paid, and what for: an invoice, or a merchant's content."""

    network: str
    account: str
    invoice: str | None = None
    merchant: str | None = None
    content_id: str | None = None


class Signed(msgspec.Struct, frozen=True, forbid_unknown_fields=True, rename="camel", kw_only=True):
    """A challenge that comes back: the text unchanged, and a signature of it in hex or base64."""

    message: str
    signature: str


class Challenge(msgspec.Struct, rename="camel", kw_only=True):
    """The text to sign, as it is."""

    message: str
    expires_at: Time


class Session(msgspec.Struct, rename="camel", kw_only=True):
    """`token` goes where a key goes."""

    token: str
    token_type: Literal["Bearer"]
    expires_at: Time
    merchant: str
    environment: Environment
    scopes: list[str]


class SignedOut(msgspec.Struct, rename="camel", kw_only=True):
    signed_out: bool


class Access(msgspec.Struct, rename="camel", kw_only=True):
    """A fresh access token, and what it is for."""

    access_token: str
    payment: str
    invoice: str | None
    content_id: str | None
