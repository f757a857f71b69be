"""Places in the row of a key: each taken once, without a gap, and written down before anything goes out."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import pytest

from relay.chain import EXACT, SignedTransfer
from relay.money import Account, ChainId, TxId
from relay.sends import Send
from relay.store.database import Database
from relay.store.journal import Journal
from relay.store.sends import SentByUs
from tests.store.nouns import LATER, NOW, a_payment

CHAIN = ChainId("eip155", "31337")
ONE, TWO = Account("0xOne"), Account("0xTwo")


def sign(nonce: int) -> tuple[bytes, str]:
    return f"raw {nonce}".encode(), f"0x{nonce:064x}"


@pytest.fixture
def sends(db: Database) -> SentByUs:
    return SentByUs(db)


async def make(sends: SentByUs, transfer: str, signer: Account = ONE, floor: int = 0, wei: int = 1) -> Send:
    return await sends.make(CHAIN, signer, TxId(transfer), floor, wei, sign, NOW)


async def test_places_follow_each_other_from_where_the_chain_is(sends: SentByUs) -> None:
    assert [(await make(sends, f"t{n}", floor=7)).nonce for n in range(3)] == [7, 8, 9]
    assert (await make(sends, "other key", TWO)).nonce == 0
    assert (await make(sends, "after others used the key", floor=20)).nonce == 20


async def test_a_transfer_is_carried_once_however_often_and_by_whichever_key_it_is_asked_for(sends: SentByUs) -> None:
    made = await asyncio.gather(*(make(sends, "same", (ONE, TWO)[n % 2]) for n in range(40)))

    assert len({(each.signer, each.nonce) for each in made}) == 1
    assert (await make(sends, "next", made[0].signer)).nonce == made[0].nonce + 1, "no place was lost to the race"
    assert await sends.of(CHAIN, TxId("same")) == made[0]


async def test_a_transfer_whose_place_was_used_by_somebody_else_takes_another(sends: SentByUs) -> None:
    lost = await make(sends, "t")
    await asyncio.gather(*(sends.release(lost) for _ in range(3)))
    assert await sends.of(CHAIN, TxId("t")) is None
    again = await make(sends, "t")
    await sends.release(lost)
    assert await sends.of(CHAIN, TxId("t")) == again
    assert again.nonce == lost.nonce + 1


async def test_many_at_once_leave_no_gap(sends: SentByUs) -> None:
    made = await asyncio.gather(*(make(sends, f"t{n}") for n in range(200)))

    assert sorted(each.nonce for each in made) == list(range(200))
    assert [each.nonce for each in await sends.waiting(CHAIN, ONE, 150)] == list(range(150, 200))


async def test_versions_are_kept_and_of_two_writers_one_wins(sends: SentByUs) -> None:
    first = await make(sends, "t")

    one, two = await asyncio.gather(
        sends.replace(first, b"dearer", "0xd", cancelled=False), sends.replace(first, b"other", "0xe", cancelled=False)
    )

    assert one.raws == two.raws
    assert one.raws in ((b"raw 0", b"dearer"), (b"raw 0", b"other"))
    last = await sends.replace(one, b"nothing", "0xf", cancelled=True)
    assert last.hashes[-1] == "0xf"
    assert last.carrying == one.hashes
    again = await sends.replace(last, b"nothing, dearer", "0x10", cancelled=True)
    assert again.carrying == one.hashes


async def test_what_it_may_cost_is_added_up_by_merchant_and_payer(sends: SentByUs, journal: Journal) -> None:
    payment = a_payment("shop", tx=TxId("t"), signed=SignedTransfer(CHAIN, EXACT, b"{}"))
    await journal.accept(payment, LATER)
    await make(sends, "t", wei=5 * 10**9 + 1)
    await make(sends, "not on record", wei=10**9)

    before, after = NOW - timedelta(hours=1), NOW + timedelta(seconds=1)
    assert await sends.spent(CHAIN, before, merchant="shop") == 6 * 10**9, "rounded up"
    assert await sends.spent(CHAIN, before, payer=payment.payer) == 6 * 10**9
    assert await sends.spent(CHAIN, before, merchant="blog") == 0
    assert await sends.spent(CHAIN, after, merchant="shop") == 0
