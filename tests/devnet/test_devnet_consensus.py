"""What becomes of a transaction that a node took: it is recorded and charged for, and done only within the rules."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
from devnet_wallet import Wallet, legs
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from relay import hapi_pb2 as pb
from relay.devnet.accounts import Entry
from relay.devnet.clock import Clock
from relay.devnet.envelope import open_envelope
from relay.devnet.fees import fee_of
from relay.devnet.genesis import DUSD, FEE_COLLECTOR, OPENING_DUSD, OPENING_TINYBARS, ed25519, opening_accounts
from relay.devnet.ledger import Ledger
from relay.devnet.network import DevNode

CREATE, ASSOCIATE = "CryptoService/createAccount", "TokenService/associateTokens"
NEW_KEY = b"\7" * 32


def status(entry: Entry) -> str:
    return pb.ResponseCodeEnum.Name(entry.status)


def hold_consensus(devnet: DevNode) -> None:
    """Nothing is agreed on until the test says `agree_now`."""
    for node in devnet.nodes:
        node.faults.slow_consensus_ms = 60_000


async def new_account(wallet: Wallet, **fields: object) -> int:
    """An account paid for by the treasury, whose key is 0.0.1001's unless told otherwise."""
    body = wallet.body(payer=2)
    body.cryptoCreateAccount.key.CopyFrom(wallet.devnet.ledger.accounts[1001].public_key)
    body.cryptoCreateAccount.autoRenewPeriod.seconds = 7_776_000
    for name, value in fields.items():
        setattr(body.cryptoCreateAccount, name, value)
    entry = await wallet.settle(body, path=CREATE)
    assert status(entry) == "SUCCESS"
    return entry.created


# --- what succeeds ---


async def test_hbar_moves_and_the_payer_bears_the_fee(wallet: Wallet, devnet: DevNode) -> None:
    body = wallet.transfer({1001: -700, 2001: 500, 2002: 200})
    entry = await wallet.settle(body)
    fee = fee_of(body)
    assert status(entry) == "SUCCESS"
    assert devnet.ledger.balance(2001) == OPENING_TINYBARS + 500
    assert devnet.ledger.balance(2002) == OPENING_TINYBARS + 200
    assert devnet.ledger.balance(1001) == OPENING_TINYBARS - 700 - fee.total
    assert devnet.ledger.balance(3) == fee.node
    assert devnet.ledger.balance(FEE_COLLECTOR) == OPENING_TINYBARS + fee.total - fee.node


async def test_tokens_move(wallet: Wallet, devnet: DevNode) -> None:
    assert await wallet.consensus(wallet.transfer(dusd={1001: -250, 2001: 250})) == "SUCCESS"
    assert devnet.ledger.balance(2001, DUSD) == OPENING_DUSD + 250
    assert devnet.ledger.balance(1001, DUSD) == OPENING_DUSD - 250


async def test_somebody_else_may_pay_the_fee_when_the_sender_signs_too(wallet: Wallet, devnet: DevNode) -> None:
    body = wallet.transfer({1002: -10, 2001: 10}, payer=1001)
    assert await wallet.consensus(body, 1001, 1002) == "SUCCESS"
    assert devnet.ledger.balance(1002) == OPENING_TINYBARS - 10


async def test_ten_legs_are_not_too_many(wallet: Wallet) -> None:
    credits = {number: 1 for number in [2, 3, *range(1002, 1009)]}
    assert await wallet.consensus(wallet.transfer({1001: -9} | credits)) == "SUCCESS"


async def test_the_right_decimals_are_expected_rightly(wallet: Wallet) -> None:
    body = wallet.transfer(dusd={1001: -1, 2001: 1})
    body.cryptoTransfer.tokenTransfers[0].expected_decimals.value = 6
    assert await wallet.consensus(body) == "SUCCESS"


async def test_a_new_account_is_funded_and_can_pay(wallet: Wallet, devnet: DevNode) -> None:
    number = await new_account(wallet, initialBalance=5 * 10**8, memo="fresh")
    assert number == 6001
    assert devnet.ledger.balance(number) == 5 * 10**8
    assert await wallet.consensus(wallet.transfer({number: -1, 2001: 1}, payer=number), 1001) == "SUCCESS"


async def test_an_account_takes_tokens_once_it_is_associated(wallet: Wallet, devnet: DevNode) -> None:
    number = await new_account(wallet)
    assert await wallet.consensus(wallet.transfer(dusd={1001: -5, number: 5})) == "TOKEN_NOT_ASSOCIATED_TO_ACCOUNT"
    body = wallet.body(payer=2)
    body.tokenAssociate.account.accountNum = number
    body.tokenAssociate.tokens.add(tokenNum=DUSD)
    assert status(await wallet.settle(body, 2, 1001, path=ASSOCIATE)) == "SUCCESS"
    assert await wallet.consensus(wallet.transfer(dusd={1001: -5, number: 5})) == "SUCCESS"
    assert devnet.ledger.balance(number, DUSD) == 5


async def test_an_account_with_automatic_associations_takes_tokens_at_once(wallet: Wallet, devnet: DevNode) -> None:
    number = await new_account(wallet, max_automatic_token_associations=1)
    assert await wallet.consensus(wallet.transfer(dusd={1001: -5, number: 5})) == "SUCCESS"
    assert devnet.ledger.balance(number, DUSD) == 5


# --- what fails, and is charged for ---


def no_such_receiver(body: pb.TransactionBody) -> None:
    body.cryptoTransfer.transfers.accountAmounts[1].accountID.accountNum = 999_999


def eleven_legs(body: pb.TransactionBody) -> None:
    del body.cryptoTransfer.transfers.accountAmounts[:]
    credits = {number: 1 for number in [2, 3, *range(1002, 1010)]}
    body.cryptoTransfer.transfers.accountAmounts.extend(legs({1001: -10} | credits))


def eleven_token_legs(body: pb.TransactionBody) -> None:
    credits = {number: 1 for number in [2, 2001, *range(1002, 1010)]}
    body.cryptoTransfer.tokenTransfers.add(token=pb.TokenID(tokenNum=DUSD), transfers=legs({1001: -10} | credits))


def no_such_token(body: pb.TransactionBody) -> None:
    body.cryptoTransfer.tokenTransfers.add(token=pb.TokenID(tokenNum=77), transfers=legs({1001: -1, 2001: 1}))


def a_token_of_another_realm(body: pb.TransactionBody) -> None:
    body.cryptoTransfer.tokenTransfers.add(
        token=pb.TokenID(realmNum=1, tokenNum=DUSD), transfers=legs({1001: -1, 2001: 1})
    )


def wrong_decimals(body: pb.TransactionBody) -> None:
    found = body.cryptoTransfer.tokenTransfers.add(token=pb.TokenID(tokenNum=DUSD), transfers=legs({1001: -1, 2001: 1}))
    found.expected_decimals.value = 8


def more_tokens_than_there_are(body: pb.TransactionBody) -> None:
    moved = legs({1001: -OPENING_DUSD - 1, 2001: OPENING_DUSD + 1})
    body.cryptoTransfer.tokenTransfers.add(token=pb.TokenID(tokenNum=DUSD), transfers=moved)


def an_unassociated_receiver(body: pb.TransactionBody) -> None:
    body.cryptoTransfer.tokenTransfers.add(token=pb.TokenID(tokenNum=DUSD), transfers=legs({1001: -1, 3: 1}))


def an_nft(body: pb.TransactionBody) -> None:
    sent = pb.NftTransfer(
        senderAccountID=pb.AccountID(accountNum=1001), receiverAccountID=pb.AccountID(accountNum=2001), serialNumber=1
    )
    body.cryptoTransfer.tokenTransfers.add(token=pb.TokenID(tokenNum=DUSD), nftTransfers=[sent])


def somebody_elses_money(body: pb.TransactionBody) -> None:
    body.cryptoTransfer.transfers.accountAmounts[0].accountID.accountNum = 1003


def somebody_elses_tokens(body: pb.TransactionBody) -> None:
    body.cryptoTransfer.tokenTransfers.add(token=pb.TokenID(tokenNum=DUSD), transfers=legs({1003: -1, 2001: 1}))


def an_allowance_nobody_granted(body: pb.TransactionBody) -> None:
    somebody_elses_money(body)
    body.cryptoTransfer.transfers.accountAmounts[0].is_approval = True


FAILURES: dict[str, Callable[[pb.TransactionBody], None]] = {
    "INVALID_ACCOUNT_ID": no_such_receiver,
    "TRANSFER_LIST_SIZE_LIMIT_EXCEEDED": eleven_legs,
    "TOKEN_TRANSFER_LIST_SIZE_LIMIT_EXCEEDED": eleven_token_legs,
    "INVALID_TOKEN_ID": no_such_token,
    "INVALID_TOKEN_ID ": a_token_of_another_realm,
    "UNEXPECTED_TOKEN_DECIMALS": wrong_decimals,
    "INSUFFICIENT_TOKEN_BALANCE": more_tokens_than_there_are,
    "TOKEN_NOT_ASSOCIATED_TO_ACCOUNT": an_unassociated_receiver,
    "INVALID_NFT_ID": an_nft,
    "INVALID_SIGNATURE": somebody_elses_money,
    "INVALID_SIGNATURE ": somebody_elses_tokens,
    "SPENDER_DOES_NOT_HAVE_ALLOWANCE": an_allowance_nobody_granted,
}


@pytest.mark.parametrize(("code", "spoil"), FAILURES.items(), ids=[each.__name__ for each in FAILURES.values()])
async def test_a_taken_transfer_fails_for(
    code: str, spoil: Callable[[pb.TransactionBody], None], wallet: Wallet, devnet: DevNode
) -> None:
    body = wallet.transfer()
    spoil(body)
    entry = await wallet.settle(body)
    assert status(entry) == code.strip()
    assert entry.fee == fee_of(body).total
    assert devnet.ledger.balance(1001) == OPENING_TINYBARS - entry.fee
    assert devnet.ledger.balance(2001) == OPENING_TINYBARS
    assert devnet.ledger.balance(1001, DUSD) == OPENING_DUSD


async def test_a_sender_who_is_not_the_payer_fails_without_the_money(wallet: Wallet) -> None:
    body = wallet.transfer({1003: -OPENING_TINYBARS - 1, 2001: OPENING_TINYBARS + 1})
    assert await wallet.consensus(body, 1001, 1003) == "INSUFFICIENT_ACCOUNT_BALANCE"


async def test_of_two_transfers_that_the_purse_cannot_both_bear_the_second_fails(
    wallet: Wallet, devnet: DevNode
) -> None:
    hold_consensus(devnet)
    most = OPENING_TINYBARS - 10**8
    raws = [wallet.sign(wallet.transfer({1001: -most, 2001: most})) for _ in range(2)]
    assert [await wallet.precheck(raw) for raw in raws] == ["OK", "OK"]
    devnet.agree_now()
    assert [status(each) for each in devnet.ledger.entries] == ["SUCCESS", "INSUFFICIENT_ACCOUNT_BALANCE"]


async def test_an_offer_between_entry_and_whole_fee_is_taken_and_then_fails(wallet: Wallet, devnet: DevNode) -> None:
    body = wallet.transfer()
    body.transactionFee = fee_of(body).total - 1
    entry = await wallet.settle(body)
    assert status(entry) == "INSUFFICIENT_TX_FEE"
    assert devnet.ledger.balance(1001) == OPENING_TINYBARS - fee_of(body).entry


async def test_a_purse_between_entry_and_whole_fee_is_taken_and_then_fails(wallet: Wallet, devnet: DevNode) -> None:
    body = wallet.transfer({1001: 0, 2001: 0})
    devnet.ledger.accounts[1001].tinybars = fee_of(body).total - 1
    assert await wallet.consensus(body) == "INSUFFICIENT_PAYER_BALANCE"


async def test_a_window_that_closes_on_the_way_expires_at_consensus(wallet: Wallet, devnet: DevNode) -> None:
    hold_consensus(devnet)
    assert await wallet.precheck(wallet.sign(wallet.transfer())) == "OK"
    devnet.ledger.clock.advance(timedelta(seconds=116))
    devnet.agree_now()
    assert status(devnet.ledger.entries[0]) == "TRANSACTION_EXPIRED"
    assert devnet.ledger.balance(1001) == OPENING_TINYBARS


async def test_two_nodes_take_one_id_and_the_second_copy_is_a_duplicate(wallet: Wallet, devnet: DevNode) -> None:
    hold_consensus(devnet)
    body = wallet.transfer()
    assert await wallet.precheck(wallet.sign(body)) == "OK"
    body.nodeAccountID.accountNum = 4
    assert await wallet.precheck(wallet.sign(body), node=4) == "OK"
    devnet.agree_now()
    found = await wallet.receipt(body.transactionID)
    assert found.receipt.status == pb.SUCCESS
    assert [each.status for each in found.duplicateTransactionReceipts] == [pb.DUPLICATE_TRANSACTION]
    assert devnet.ledger.balance(2001) == OPENING_TINYBARS + 10**8
    assert devnet.ledger.balance(1001) == OPENING_TINYBARS - 10**8 - fee_of(body).total - fee_of(body).entry


async def test_a_contract_call_is_charged_for_and_finds_no_contract(wallet: Wallet) -> None:
    body = wallet.body()
    body.contractCall.contractID.contractNum = 1
    entry = await wallet.settle(body, path="SmartContractService/contractCallMethod")
    assert (status(entry), entry.fee) == ("INVALID_CONTRACT_ID", fee_of(body).total)


async def test_a_receiver_that_must_sign_does_not_take_money_unasked(wallet: Wallet) -> None:
    number = await new_account(wallet, initialBalance=0, memo="shy")
    wallet.devnet.ledger.accounts[number].receiver_signs = True
    assert await wallet.consensus(wallet.transfer({1003: -1, number: 1}, payer=1003)) == "INVALID_SIGNATURE"
    assert await wallet.consensus(wallet.transfer({1003: -1, number: 1}, payer=1003), 1003, 1001) == "SUCCESS"


async def test_association_wants_the_accounts_own_signature_and_happens_once(wallet: Wallet) -> None:
    number = await new_account(wallet)

    def ask(token: int = DUSD) -> pb.TransactionBody:
        body = wallet.body(payer=2)
        body.tokenAssociate.account.accountNum = number
        body.tokenAssociate.tokens.add(tokenNum=token)
        return body

    assert status(await wallet.settle(ask(), path=ASSOCIATE)) == "INVALID_SIGNATURE"
    assert status(await wallet.settle(ask(77), 2, 1001, path=ASSOCIATE)) == "INVALID_TOKEN_ID"
    assert status(await wallet.settle(ask(), 2, 1001, path=ASSOCIATE)) == "SUCCESS"
    assert status(await wallet.settle(ask(), 2, 1001, path=ASSOCIATE)) == "TOKEN_ALREADY_ASSOCIATED_TO_ACCOUNT"


@pytest.mark.parametrize(
    ("code", "key"),
    [
        ("BAD_ENCODING", pb.Key(ed25519=b"short")),
        ("BAD_ENCODING", pb.Key(keyList=pb.KeyList())),
        ("SUCCESS", pb.Key(keyList=pb.KeyList(keys=[ed25519(NEW_KEY)]))),
    ],
)
async def test_a_new_account_needs_a_key_that_is_one(code: str, key: pb.Key, wallet: Wallet) -> None:
    body = wallet.body(payer=2)
    body.cryptoCreateAccount.key.CopyFrom(key)
    body.cryptoCreateAccount.autoRenewPeriod.seconds = 7_776_000
    assert status(await wallet.settle(body, path=CREATE)) == code


async def test_a_new_account_without_key_or_renewal_is_refused_at_the_door(wallet: Wallet) -> None:
    body = wallet.body(payer=2)
    body.cryptoCreateAccount.initialBalance = 1
    assert await wallet.precheck(wallet.sign(body)) == "KEY_REQUIRED"
    body.cryptoCreateAccount.key.CopyFrom(ed25519(NEW_KEY))
    assert await wallet.precheck(wallet.sign(body)) == "INVALID_RENEWAL_PERIOD"


def creation(wallet: Wallet, payer: int = 2, **fields: object) -> pb.TransactionBody:
    body = wallet.body(payer=payer)
    body.cryptoCreateAccount.key.CopyFrom(ed25519(NEW_KEY))
    body.cryptoCreateAccount.autoRenewPeriod.seconds = 7_776_000
    for name, value in fields.items():
        setattr(body.cryptoCreateAccount, name, value)
    return body


async def test_a_new_accounts_balance_is_a_number_of_tinybars_there_can_be(wallet: Wallet) -> None:
    body = creation(wallet, initialBalance=2**63)
    assert await wallet.precheck(wallet.sign(body)) == "INVALID_INITIAL_BALANCE"


async def test_two_new_accounts_that_the_purse_cannot_both_fill_leave_one(wallet: Wallet, devnet: DevNode) -> None:
    hold_consensus(devnet)
    most = OPENING_TINYBARS - 10**8
    raws = [wallet.sign(creation(wallet, initialBalance=most)) for _ in range(2)]
    assert [await wallet.precheck(raw) for raw in raws] == ["OK", "OK"]
    devnet.agree_now()
    assert [status(each) for each in devnet.ledger.entries] == ["SUCCESS", "INSUFFICIENT_PAYER_BALANCE"]


async def test_an_alias_belongs_to_one_account_and_names_it(wallet: Wallet, devnet: DevNode) -> None:
    alias = b"\x11" * 20
    number = (await wallet.settle(creation(wallet, alias=alias))).created
    assert status(await wallet.settle(creation(wallet, alias=alias))) == "ALIAS_ALREADY_ASSIGNED"
    body = wallet.transfer({1001: -5, 2001: 5})
    body.cryptoTransfer.transfers.accountAmounts[1].accountID.alias = alias
    assert await wallet.consensus(body) == "SUCCESS"
    assert devnet.ledger.balance(number) == 5


async def test_a_new_account_that_must_sign_for_what_it_receives_signs_to_exist(wallet: Wallet) -> None:
    assert status(await wallet.settle(creation(wallet, receiverSigRequired=True))) == "INVALID_SIGNATURE"
    body = creation(wallet, receiverSigRequired=True)
    body.cryptoCreateAccount.key.CopyFrom(wallet.devnet.ledger.accounts[1001].public_key)
    assert status(await wallet.settle(body, 2, 1001)) == "SUCCESS"


async def test_a_long_memo_of_a_new_account_fails_at_consensus(wallet: Wallet) -> None:
    assert status(await wallet.settle(creation(wallet, memo="x" * 101))) == "MEMO_TOO_LONG"


async def test_an_association_of_nobody_or_of_one_token_twice_is_refused(wallet: Wallet) -> None:
    body = wallet.body(payer=2)
    body.tokenAssociate.SetInParent()
    assert await wallet.precheck(wallet.sign(body)) == "INVALID_ACCOUNT_ID"
    body.tokenAssociate.account.accountNum = 999_999
    assert status(await wallet.settle(body)) == "INVALID_ACCOUNT_ID"
    twice = wallet.body(payer=2)
    twice.tokenAssociate.account.accountNum = 2
    twice.tokenAssociate.tokens.extend([pb.TokenID(tokenNum=DUSD)] * 2)
    assert await wallet.precheck(wallet.sign(twice)) == "TOKEN_ID_REPEATED_IN_TOKEN_LIST"


async def test_consensus_times_are_all_different_and_in_order(wallet: Wallet, devnet: DevNode) -> None:
    for _ in range(5):
        await wallet.settle(wallet.transfer())
    times = [entry.consensus_ns for entry in devnet.ledger.entries]
    assert times == sorted(set(times))


# --- nothing is made or lost ---

_accounts = st.sampled_from([3, 1001, 1002, 2001, 3001, 999_999])
_amounts = st.integers(-2 * OPENING_TINYBARS, 2 * OPENING_TINYBARS)
_lists = st.dictionaries(_accounts, _amounts, max_size=4).map(lambda moved: {**moved, 2: -sum(moved.values())})


@settings(
    max_examples=60,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture],
)
@given(st.lists(st.tuples(_lists, st.none() | _lists, st.sampled_from([1, 10**5, 10**9])), max_size=5))
async def test_whatever_is_agreed_on_no_money_is_made_or_lost_and_nobody_owes(
    wallet: Wallet, asked: list[tuple[dict[int, int], dict[int, int] | None, int]]
) -> None:
    ledger = Ledger(opening_accounts(1), Clock())
    for hbar, tokens, fee in asked:
        body = wallet.transfer(hbar, tokens)
        body.transactionFee = fee
        entry = ledger.conclude(open_envelope(wallet.sign(body, 1001, 1002, 2001, 2)), 3)
        assert sum(amount for _, amount in entry.transfers) == 0
    rich = len(opening_accounts(0))
    assert sum(each.tinybars for each in ledger.accounts.values()) == rich * OPENING_TINYBARS
    assert sum(each.tokens.get(DUSD, 0) for each in ledger.accounts.values()) == rich * OPENING_DUSD
    assert all(each.tinybars >= 0 and each.tokens.get(DUSD, 0) >= 0 for each in ledger.accounts.values())
