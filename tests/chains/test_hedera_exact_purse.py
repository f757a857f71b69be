"""What we may be made to pay for: never more than a payer has, than a budget allows, than the account owns."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack
from typing import Any

import msgspec
import pytest

from relay import hapi_pb2 as pb
from relay.chain import EXACT, SIGNED, Receipt, SignedTransfer, Taken
from relay.chains.hedera import Options, open_chain
from relay.chains.hedera.cosign import FeePayer, FeePayerOptions
from relay.chains.hedera.ledger import Hedera
from relay.devnet.accounts import Account
from relay.devnet.genesis import key_of, private_key
from relay.devnet.network import DevNode
from relay.errors import InvalidTransfer, Misconfigured, Overloaded, RelayError, TransferMismatch, Unreachable
from tests.chains import exact_hedera as buyer
from tests.chains.conftest import Clock, Reports
from tests.chains.exact_site import exact_chain, pays, verified
from tests.chains.signing import DEVNET, PAYER, SHOP, transfer_of
from tests.chains.test_hedera_submit import settled

Open = Callable[..., Any]
FEE = 100_000_000  # that `pays` allows


@pytest.fixture
async def open_exact(sqlite_url: str, devnet: DevNode, clock: Clock, reports: Reports) -> AsyncIterator[Open]:
    async with AsyncExitStack() as stack:

        async def open_(**options: Any) -> Hedera:
            asked = {"nodes": devnet.network, "mirror": devnet.mirror, **options}
            return await stack.enter_async_context(exact_chain(sqlite_url, clock=clock, reports=reports, **asked))

        yield open_


def has(devnet: DevNode, num: int, tinybars: int) -> None:
    """Give an account of the development network a balance out of thin air."""
    devnet.ledger.accounts[num].tinybars = tinybars


async def refused(chain: Hedera, signed: SignedTransfer, merchant: str = "shop") -> str:
    with pytest.raises(RelayError) as error:
        await verified(chain, signed, merchant)
    return error.value.code


# --- what payers promise ---


async def test_the_same_money_is_not_promised_twice(open_exact: Open, devnet: DevNode, clock: Clock) -> None:
    chain = await open_exact()
    has(devnet, PAYER, 3 * buyer.AMOUNT)

    said = await asyncio.gather(*(verified(chain, pays(clock)) for _ in range(20)), return_exceptions=True)

    passed = [each for each in said if not isinstance(each, BaseException)]
    assert len(passed) == 3
    assert {each.code for each in said if isinstance(each, TransferMismatch)} == {"insufficient_funds"}
    assert [type(await chain.submit(each.signed)) for each in passed] == [Taken] * 3
    ends = [await settled(chain, each.signed) for each in passed]
    assert ends == [Receipt(ok=True, code=22, name="SUCCESS")] * 3


async def test_what_settled_is_no_promise_any_more(open_exact: Open, devnet: DevNode, clock: Clock) -> None:
    chain = await open_exact()
    has(devnet, PAYER, 2 * buyer.AMOUNT)
    for _ in range(2):
        taken = await verified(chain, pays(clock))
        await chain.submit(taken.signed)
        await settled(chain, taken.signed)

    assert await refused(chain, pays(clock)) == "insufficient_funds"


async def test_a_payment_the_ledger_shows_counts_once_although_nobody_asked_for_it(
    open_exact: Open, devnet: DevNode, clock: Clock
) -> None:
    chain = await open_exact()
    has(devnet, PAYER, 2 * buyer.AMOUNT)
    for _ in range(2):
        await chain.submit((await verified(chain, pays(clock))).signed)
    devnet.agree_now()
    has(devnet, PAYER, buyer.AMOUNT)

    await verified(chain, pays(clock))  # the two are in this balance, and must not be taken off it again


async def test_verifying_again_is_not_another_promise(open_exact: Open, devnet: DevNode, clock: Clock) -> None:
    chain, signed = await open_exact(), pays(clock)
    has(devnet, PAYER, buyer.AMOUNT)

    for _ in range(3):  # x402: /verify, then /settle, then a retry
        await verified(chain, signed)


# --- what merchants and payers may cost ---


async def test_a_merchants_budget_counts_what_is_on_its_way(open_exact: Open, clock: Clock) -> None:
    chain = await open_exact(budget_tinybars_per_hour=3 * FEE)

    said = await asyncio.gather(*(verified(chain, pays(clock)) for _ in range(8)), return_exceptions=True)

    assert sum(not isinstance(each, BaseException) for each in said) == 3
    assert {each.code for each in said if isinstance(each, Overloaded)} == {"budget_exceeded"}
    await verified(chain, pays(clock), "blog")


async def test_a_payers_budget_counts_what_such_a_payment_did_cost(
    open_exact: Open, devnet: DevNode, clock: Clock
) -> None:
    chain = await open_exact(payer_budget_tinybars_per_hour=FEE)
    taken = await verified(chain, pays(clock))
    assert await refused(chain, pays(clock)) == "budget_exceeded"  # it may cost all that its payer allows
    await chain.submit(taken.signed)
    await settled(chain, taken.signed)  # its record says that it did cost 83,333

    for _ in range(3):
        await verified(chain, pays(clock))


# --- what the account owns ---


async def test_an_account_that_runs_low_raises_the_alarm_and_one_that_is_empty_refuses(
    open_exact: Open, devnet: DevNode, clock: Clock, reports: Reports
) -> None:
    has(devnet, buyer.FEE_PAYER, 2 * FEE)
    chain = await open_exact()
    low = await reports.until(False, f"0.0.{buyer.FEE_PAYER}")
    assert "2.0000 HBAR are left" in low.detail
    await verified(chain, pays(clock))

    has(devnet, buyer.FEE_PAYER, FEE // 2)
    assert "fee payer 0.0.4001 has 0.5000 HBAR: 0.5000 HBAR are left" in await chain.check()
    assert await refused(chain, pays(clock)) == "sponsor_unavailable"

    has(devnet, buyer.FEE_PAYER, 1_000 * FEE)
    await chain.check()
    await reports.until(True, f"0.0.{buyer.FEE_PAYER}")
    await verified(chain, pays(clock))


async def test_a_key_that_is_not_the_accounts_is_noticed_before_anybody_pays(
    open_exact: Open, clock: Clock, reports: Reports
) -> None:
    chain = await open_exact(fee_payer={**buyer.OPTIONS, "key": "5e" * 32})

    assert "key" in (await reports.until(False, f"0.0.{buyer.FEE_PAYER}")).detail
    assert await refused(chain, pays(clock)) == "sponsor_unavailable"


async def test_without_the_mirror_nothing_is_verified(open_exact: Open, devnet: DevNode, clock: Clock) -> None:
    chain = await open_exact()
    devnet.faults.mirror_down = True

    with pytest.raises(Unreachable):
        await verified(chain, pays(clock, transfer_of({1003: -5, SHOP: 5}), 1003))


# --- whose key it takes ---


async def test_a_payer_whose_account_takes_two_of_three_keys_pays(
    open_exact: Open, devnet: DevNode, clock: Clock
) -> None:
    chain = await open_exact()
    keys = pb.KeyList(keys=[key_of(num) for num in (1003, 1004, 1005)])
    threshold = pb.Key(thresholdKey=pb.ThresholdKey(threshold=2, keys=keys))
    devnet.ledger.accounts[6001] = Account(6001, threshold.SerializeToString(), 5_000)
    transfer = transfer_of({6001: -5_000, SHOP: 5_000})
    assert await refused(chain, pays(clock, transfer, 1003)) == "invalid_signature"

    taken = await verified(chain, pays(clock, transfer, 1003, 1004))
    await chain.submit(taken.signed)

    assert taken.payer == "0.0.6001"
    assert await settled(chain, taken.signed) == Receipt(ok=True, code=22, name="SUCCESS")
    assert devnet.ledger.balance(6001) == 0


# --- how it is configured ---


async def test_exact_is_offered_where_somebody_pays_the_fee(
    open_exact: Open, open_hedera: Open, devnet: DevNode
) -> None:
    with_one, without = await open_exact(), await open_hedera(nodes=devnet.network, mirror=devnet.mirror)

    assert [(kind.schemes, kind.fee_payer) for kind in with_one.assets()] == [((EXACT, SIGNED), "0.0.4001")] * 2
    assert [(kind.schemes, kind.fee_payer) for kind in without.assets()] == [((SIGNED,), None)]
    assert (with_one.sponsors(), without.sponsors()) == (("0.0.4001",), ())
    with pytest.raises(InvalidTransfer, match="no account that pays the fee") as error:
        without.decode(SignedTransfer(DEVNET, EXACT, buyer.signed(buyer.body())))
    assert error.value.code == "unsupported_transaction"


async def test_an_account_without_a_mirror_does_not_start(devnet: DevNode, clock: Clock) -> None:
    options = msgspec.convert({"nodes": devnet.network, "fee_payer": buyer.OPTIONS}, Options)

    with pytest.raises(Misconfigured, match="mirror"):
        async with open_chain(DEVNET, options, clock=clock, report=lambda *_: None):
            pass


@pytest.mark.parametrize(
    ("key", "kind", "number"),
    [
        (private_key(1001).hex(), "ed25519", 1001),
        ("0x" + private_key(1002).hex().upper(), "ecdsa", 1002),
        ("302e020100300506032b657004220420" + private_key(1001).hex(), "ecdsa", 1001),
        ("3030020100300706052b8104000a04220420" + private_key(1002).hex(), "ed25519", 1002),
    ],
)
def test_a_key_is_read_as_tools_write_it(key: str, kind: Any, number: int) -> None:
    read = FeePayer.read(FeePayerOptions(account=f"0.0.{number}", key=key, type=kind))

    assert read.public == key_of(number)
    assert private_key(number).hex() not in repr(read)


@pytest.mark.parametrize("key", ["", "5e" * 31, "zz" * 32, "00" * 32])
def test_a_key_that_is_none_is_refused_without_being_told(key: str) -> None:
    with pytest.raises(Misconfigured) as refused:
        FeePayer.read(FeePayerOptions(account="0.0.1002", key=key, type="ecdsa"))

    assert not key or key not in refused.value.message
