"""Challenges: a text of ours comes back word for word, in time, for its purpose, or it says nothing."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

import pytest

from relay.challenge import LIFETIME, Challenges, Purpose
from relay.errors import Unauthorized
from relay.money import Account, ChainId

NOW = datetime(2026, 11, 20, 12, 0, 0, tzinfo=UTC)
OURS = Challenges(b"k" * 32, "https://pay.example.com")
BASE, ACCOUNT = ChainId("eip155", "8453"), Account("0x70997970C51812dc3A010C7d01b50e0d17dc79C8")
HEDERA = ChainId("hedera", "testnet")
SCOPES = ["scope:invoices:read", "scope:events:read"]


def fresh(purpose: Purpose = Purpose.SIGN_IN) -> str:
    return OURS.text(purpose, BASE, ACCOUNT, SCOPES, NOW)[0]


def test_the_text_is_eip_4361s():
    nonce = re.search(r"Nonce: (\w+)", fresh())
    assert nonce is not None
    assert OURS.text(Purpose.SIGN_IN, BASE, ACCOUNT, SCOPES, NOW)[0] != fresh()
    text = fresh()
    assert re.sub(r"Nonce: [0-9a-f]{48}", "Nonce: …", text) == (
        "pay.example.com wants you to sign in with your Ethereum account:\n"
        "0x70997970C51812dc3A010C7d01b50e0d17dc79C8\n\n"
        "Sign in to the relay as the merchant this account pays.\n\n"
        "URI: https://pay.example.com/v1/auth/verify\nVersion: 1\nChain ID: 8453\nNonce: …\n"
        "Issued At: 2026-11-20T12:00:00Z\nExpiration Time: 2026-11-20T12:05:00Z\n"
        "Resources:\n- urn:relay:scope:invoices:read\n- urn:relay:scope:events:read"
    )


@pytest.mark.parametrize("chain", [BASE, HEDERA])
@pytest.mark.parametrize("resources", [[], ["invoice:inv_1"], SCOPES])
def test_what_was_written_is_read_back(chain, resources):
    text, expires = OURS.text(Purpose.RESTORE, chain, ACCOUNT, resources, NOW)
    read = OURS.read(text, Purpose.RESTORE, NOW + LIFETIME - timedelta(seconds=1))
    assert (read.chain, read.account, read.resources, read.expires) == (chain, ACCOUNT, tuple(resources), expires)


def test_a_text_changed_anywhere_is_not_ours():
    text = fresh()
    for at, character in enumerate(text):
        for other in ("x" if character != "x" else "y", ""):
            with pytest.raises(Unauthorized):
                OURS.read(text[:at] + other + text[at + 1 :], Purpose.SIGN_IN, NOW)
    for added in ("\n- urn:relay:scope:keys:write", "\n", " ", "\nNonce: " + "0" * 48):
        with pytest.raises(Unauthorized):
            OURS.read(text + added, Purpose.SIGN_IN, NOW)


def test_it_ends():
    with pytest.raises(Unauthorized, match="expired"):
        OURS.read(fresh(), Purpose.SIGN_IN, NOW + LIFETIME)


def test_one_purpose_is_not_another():
    with pytest.raises(Unauthorized, match="another purpose"):
        OURS.read(fresh(Purpose.RESTORE), Purpose.SIGN_IN, NOW)


def test_another_domain_is_refused_by_name_even_with_our_key():
    theirs = Challenges(b"k" * 32, "https://evil.example").text(Purpose.SIGN_IN, BASE, ACCOUNT, [], NOW)[0]
    with pytest.raises(Unauthorized, match=r"for evil\.example, not for pay\.example\.com"):
        OURS.read(theirs, Purpose.SIGN_IN, NOW)


def test_another_relays_challenge_for_our_domain_is_refused():
    forged = Challenges(b"x" * 32, "https://pay.example.com").text(Purpose.SIGN_IN, BASE, ACCOUNT, [], NOW)[0]
    with pytest.raises(Unauthorized, match="no challenge of this relay"):
        OURS.read(forged, Purpose.SIGN_IN, NOW)


@pytest.mark.parametrize("junk", ["", "sign me", "x" * 10_000, fresh() * 20, fresh().replace("\n", "\r\n"), "\0"])
def test_junk_is_refused(junk):
    with pytest.raises(Unauthorized):
        OURS.read(junk, Purpose.SIGN_IN, NOW)
