"""Tokens are made as RFC 7515, 7638 and 8037 say, and verified without trusting a word of them."""

from __future__ import annotations

import json
from contextlib import suppress
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from relay.access import Signer, read_revoked, verify
from relay.errors import Misconfigured, Unauthorized
from tests.vectors import generate_tokens as vectors

NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)
CASES = json.loads(vectors.VECTORS.read_text())["cases"]
ASKED = {"issuer": vectors.ISSUER, "audience": vectors.AUDIENCE, "scope": vectors.SCOPE, "now": NOW}


@pytest.fixture
def signer():
    return Signer(vectors.SEED, vectors.ISSUER)


def token_for(signer: Signer, **changes: object) -> str:
    asked = {
        "audience": vectors.AUDIENCE,
        "merchant": "shop",
        "payer": "0.0.1001",
        "content": "post-42",
        "invoice": "inv_1",
        "payment": "pay_1",
        "now": NOW,
        "lifetime": timedelta(days=1),
    }
    return signer.access_token(**(asked | changes))


def test_the_token_vectors_are_what_the_generator_makes_today():
    stale = "stale: run `python -m tests.vectors.generate_tokens`"
    assert vectors.VECTORS.read_text() == vectors.text(), stale


@pytest.mark.parametrize("case", CASES, ids=[case["name"] for case in CASES])
def test_a_token_opens_what_it_should_and_nothing_else(case):
    asked = {name: case[name] for name in ("issuer", "audience", "scope")}
    try:
        claims = verify(case["token"], vectors.JWKS, **asked, now=datetime.fromisoformat(case["now"]))
    except Unauthorized:
        assert not case["expect"]["ok"]
    else:
        assert case["expect"] == {"ok": True, "claims": claims}


def test_the_relay_signs_as_the_vectors_do(signer):
    assert signer.sign(vectors.CLAIMS) == vectors.GOOD


def test_the_key_is_published_as_rfc_8037_and_named_as_rfc_7638_say():
    # RFC 8037, A.1 to A.3
    signer = Signer(bytes.fromhex("9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60"), "")
    [key] = signer.jwks["keys"]
    assert key["x"] == "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"
    assert key["kid"] == signer.kid == "kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k"
    assert (key["kty"], key["crv"], key["alg"], key["use"]) == ("OKP", "Ed25519", "EdDSA", "sig")


def test_a_published_key_has_nothing_private_in_it(signer):
    assert signer.jwks["keys"] == [vectors.jwk(vectors.CURRENT)]


def test_what_the_signer_shows_of_itself_is_its_key_id(signer):
    assert repr(signer) == f"Signer(kid={signer.kid})"


@pytest.mark.parametrize("length", [0, 31, 33, 64])
def test_a_seed_of_another_length_is_refused_without_showing_it(length):
    with pytest.raises(Misconfigured, match="32 bytes") as refused:
        Signer(b"\x5e" * length, vectors.ISSUER)
    assert "5e" not in refused.value.message.lower()


def test_an_access_token_says_what_was_paid_and_until_when(signer):
    assert verify(token_for(signer), signer.jwks, **ASKED) == {
        "iss": vectors.ISSUER,
        "aud": vectors.AUDIENCE,
        "sub": signer.pseudonym("shop", "0.0.1001"),
        "scope": [vectors.SCOPE],
        "inv": "inv_1",
        "pay": "pay_1",
        "iat": vectors.ISSUED,
        "exp": vectors.EXPIRES,
    }


def test_the_same_payment_always_gets_the_same_token(signer):
    assert token_for(signer) == token_for(Signer(vectors.SEED, vectors.ISSUER))


def test_a_token_is_issued_in_its_past(signer):
    claims = verify(token_for(signer, now=NOW + timedelta(microseconds=999_999)), signer.jwks, **ASKED)
    assert claims["iat"] == vectors.ISSUED


def test_a_token_lives_as_long_as_asked(signer):
    brief = token_for(signer, lifetime=timedelta(seconds=60))
    assert verify(brief, signer.jwks, **ASKED | {"now": NOW + timedelta(seconds=59.999)})
    with pytest.raises(Unauthorized, match="expired"):
        verify(brief, signer.jwks, **ASKED | {"now": NOW + timedelta(seconds=60)})


@pytest.mark.parametrize(
    ("asked", "says"),
    [
        ({"issuer": "https://other"}, "another issuer"),
        ({"audience": "https://other"}, "another site"),
        ({"scope": "content:other"}, "other content"),
        ({"now": NOW + timedelta(days=1)}, "expired"),
    ],
)
def test_a_refusal_says_what_is_wrong(signer, asked, says):
    with pytest.raises(Unauthorized, match=says):
        verify(token_for(signer), signer.jwks, **ASKED | asked)


def test_a_token_of_a_payment_that_was_taken_back_opens_nothing(signer):
    assert verify(token_for(signer), signer.jwks, **ASKED, revoked={"pay_2"})
    with pytest.raises(Unauthorized, match="taken back"):
        verify(token_for(signer), signer.jwks, **ASKED, revoked={"pay_1"})


def revoked(signer: Signer, **changes: object) -> str:
    claims = {"iss": vectors.ISSUER, "iat": 0, "exp": int(NOW.timestamp()) + 60, "revoked": ["pay_1"]}
    return signer.sign(claims | changes, typ="revoked+jwt")


def test_the_list_of_revoked_payments_is_read_as_it_was_signed(signer):
    assert read_revoked(revoked(signer), signer.jwks, issuer=vectors.ISSUER, now=NOW) == {"pay_1"}


@pytest.mark.parametrize(
    "changes", [{"iss": "https://other"}, {"exp": int(NOW.timestamp())}, {"revoked": "pay_1"}, {"revoked": [7]}]
)
def test_another_or_an_old_list_of_revoked_payments_is_refused(signer, changes):
    with pytest.raises(Unauthorized):
        read_revoked(revoked(signer, **changes), signer.jwks, issuer=vectors.ISSUER, now=NOW)


def test_an_access_token_is_no_list_of_revoked_payments(signer):
    with pytest.raises(Unauthorized, match="no list"):
        read_revoked(token_for(signer), signer.jwks, issuer=vectors.ISSUER, now=NOW)


def test_a_payer_has_one_name_per_merchant_and_no_two_alike(signer):
    names = [signer.pseudonym(merchant, payer) for merchant in ("shop", "blog") for payer in ("0.0.1001", "0.0.1003")]
    assert len(set(names)) == 4
    assert signer.pseudonym("shop", "0.0.1001") == names[0]
    assert all("0.0" not in name for name in names)


def test_an_invoices_secret_is_recomputed_and_fits_that_invoice_only(signer):
    secret = signer.invoice_secret("inv_1")
    assert Signer(vectors.SEED, "elsewhere").knows_invoice_secret("inv_1", secret)
    assert not signer.knows_invoice_secret("inv_2", secret)
    assert not signer.knows_invoice_secret("inv_1", secret[:-1])
    assert not signer.knows_invoice_secret("inv_1", "")
    assert not signer.knows_invoice_secret("inv_1", "käse 🧀")


def test_another_relay_has_other_secrets_and_other_names(signer):
    other = Signer(bytes(32), vectors.ISSUER)
    assert other.invoice_secret("inv_1") != signer.invoice_secret("inv_1")
    assert other.pseudonym("shop", "0.0.1001") != signer.pseudonym("shop", "0.0.1001")
    with pytest.raises(Unauthorized, match="not signed by a key"):
        verify(token_for(other), signer.jwks, **ASKED)


@pytest.mark.parametrize("junk", [None, 7, b"a.b.c", ["a", "b", "c"], {}, "\ud800.\ud800.\ud800"])
def test_what_is_not_even_text_is_refused_like_any_token(junk):
    with pytest.raises(Unauthorized):
        verify(junk, vectors.JWKS, **ASKED)


@settings(max_examples=300, deadline=None)
@given(st.integers(0, len(vectors.GOOD) - 1), st.characters())
def test_no_single_character_of_a_token_can_be_changed(at, character):
    changed = vectors.GOOD[:at] + character + vectors.GOOD[at + 1 :]
    if changed == vectors.GOOD:
        return
    with pytest.raises(Unauthorized):
        verify(changed, vectors.JWKS, **ASKED)


@settings(max_examples=100, deadline=None)
@given(st.lists(st.text(max_size=20) | st.binary(max_size=30).map(vectors.b64), max_size=5).map(".".join))
def test_junk_is_refused_and_never_more_than_that(junk):
    with pytest.raises(Unauthorized):
        verify(junk, vectors.JWKS, **ASKED)


values = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=10) | st.lists(st.text(max_size=10))


@settings(max_examples=200, deadline=None)
@given(st.sampled_from(sorted(vectors.CLAIMS)), values, st.sampled_from(sorted(vectors.HEAD)), values)
def test_signed_junk_is_refused_and_never_more_than_that(claim, value, member, other):
    with suppress(Unauthorized):
        verify(vectors.token(vectors.CLAIMS | {claim: value}, vectors.HEAD | {member: other}), vectors.JWKS, **ASKED)
