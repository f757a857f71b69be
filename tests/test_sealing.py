"""Envelopes: what was sealed opens in its own row, under a known key, unchanged, and nowhere else."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from relay.errors import Misconfigured
from relay.sealing import Keyring, key_id, read_keys

OLD, NEW = b"o" * 32, b"n" * 32
ROW = "endpoints/we_1/secret_sealed"


@given(st.binary(max_size=200), st.text(max_size=50))
def test_what_was_sealed_comes_back(secret, row):
    keyring = Keyring([OLD])
    assert keyring.open(keyring.seal(secret, row), row) == secret


def test_two_seals_of_one_secret_have_nothing_in_common():
    keyring = Keyring([OLD])
    one, two = (keyring.seal(b"whsec", ROW).split(".")[2:] for _ in range(2))
    assert not set(one) & set(two)


def test_a_sealed_text_moved_to_another_row_does_not_open():
    keyring = Keyring([OLD])
    with pytest.raises(Misconfigured, match="we_2"):
        keyring.open(keyring.seal(b"whsec", ROW), "endpoints/we_2/secret_sealed")


def test_every_changed_character_is_found_out():
    keyring = Keyring([OLD])
    sealed = keyring.seal(b"whsec", ROW)
    for at, character in enumerate(sealed):
        changed = sealed[:at] + ("B" if character == "A" else "A") + sealed[at + 1 :]
        try:
            assert keyring.open(changed, ROW) == b"whsec"  # the last character of base64 may carry unused bits
            assert sealed[at + 1 : at + 2] in ("", ".")
        except Misconfigured:
            pass


@pytest.mark.parametrize("junk", ["", "whsec_plain", "e1", "e1.x", "e1..", "e1.a.b.c", "e2.a.b.c", "e1.é.b.c"])
def test_what_was_never_sealed_is_refused(junk):
    with pytest.raises(Misconfigured):
        Keyring([OLD]).open(junk, ROW)


def test_a_key_that_is_not_on_the_ring_is_named():
    with pytest.raises(Misconfigured, match=key_id(OLD)):
        Keyring([NEW]).open(Keyring([OLD]).seal(b"whsec", ROW), ROW)


def test_renewing_changes_the_key_and_not_the_secret():
    both, sealed = Keyring([NEW, OLD]), Keyring([OLD]).seal(b"whsec", ROW)
    assert not both.is_current(sealed)
    renewed = both.renew(sealed, ROW)
    assert both.is_current(renewed)
    assert Keyring([NEW]).open(renewed, ROW) == b"whsec"


def test_a_keyring_shows_no_key():
    assert OLD.hex() not in repr(Keyring([OLD])) and "oooo" not in repr(Keyring([OLD]))


def test_keys_are_read_as_operators_write_them():
    assert read_keys(f"{NEW.hex()}\n") == [NEW]
    assert read_keys(f"{NEW.hex()}, {OLD.hex()}\n") == read_keys(f"{NEW.hex()}\n{OLD.hex()}") == [NEW, OLD]


@pytest.mark.parametrize("text", ["", " , ", "00", "zz" * 32, "00" * 31, "é" * 64])
def test_a_mistyped_key_is_refused_without_being_printed(text):
    with pytest.raises(Misconfigured) as refused:
        read_keys(text)
    assert text.strip(" ,") == "" or text not in refused.value.message
