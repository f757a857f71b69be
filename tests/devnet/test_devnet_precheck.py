"""What a node refuses at the door: it answers at once, takes nothing, and nothing is charged."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
from devnet_wallet import Wallet, envelope, legs, pair

from relay import hapi_pb2 as pb
from relay.devnet.clock import Clock
from relay.devnet.genesis import DUSD, OPENING_TINYBARS, private_key
from relay.devnet.network import DevNode

Spoil = Callable[[pb.TransactionBody], object]


def unknown(message: pb.Transaction | pb.TransactionBody | pb.AccountAmount) -> bytes:
    """The message with a field of number 99 that nobody knows."""
    return message.SerializeToString() + b"\x98\x06\x01"


def token_list(amounts: dict[int, int]) -> pb.TokenTransferList:
    return pb.TokenTransferList(token=pb.TokenID(tokenNum=DUSD), transfers=legs(amounts))


def set_legs(body: pb.TransactionBody, found: list[pb.AccountAmount]) -> None:
    del body.cryptoTransfer.transfers.accountAmounts[:]
    body.cryptoTransfer.transfers.accountAmounts.extend(found)


BODIES: dict[str, tuple[str, Spoil]] = {
    "no transaction id": ("INVALID_TRANSACTION_ID", lambda body: body.ClearField("transactionID")),
    "no payer": ("PAYER_ACCOUNT_NOT_FOUND", lambda body: body.transactionID.ClearField("accountID")),
    "a payer of another shard": (
        "PAYER_ACCOUNT_NOT_FOUND",
        lambda body: setattr(body.transactionID.accountID, "shardNum", 1),
    ),
    "a payer by alias": (
        "PAYER_ACCOUNT_NOT_FOUND",
        lambda body: setattr(body.transactionID.accountID, "alias", b"\1" * 20),
    ),
    "a scheduled id": ("TRANSACTION_ID_FIELD_NOT_ALLOWED", lambda body: setattr(body.transactionID, "scheduled", True)),
    "a nonce": ("TRANSACTION_ID_FIELD_NOT_ALLOWED", lambda body: setattr(body.transactionID, "nonce", 1)),
    "no valid start": (
        "INVALID_TRANSACTION_START",
        lambda body: body.transactionID.ClearField("transactionValidStart"),
    ),
    "a start in the future": (
        "INVALID_TRANSACTION_START",
        lambda body: setattr(
            body.transactionID.transactionValidStart, "seconds", body.transactionID.transactionValidStart.seconds + 60
        ),
    ),
    "a start two minutes ago": (
        "TRANSACTION_EXPIRED",
        lambda body: setattr(
            body.transactionID.transactionValidStart, "seconds", body.transactionID.transactionValidStart.seconds - 120
        ),
    ),
    "a window with less than ten seconds left": (
        "TRANSACTION_EXPIRED",
        lambda body: setattr(
            body.transactionID.transactionValidStart, "seconds", body.transactionID.transactionValidStart.seconds - 106
        ),
    ),
    "no duration": ("INVALID_TRANSACTION_DURATION", lambda body: body.ClearField("transactionValidDuration")),
    "a duration of 14 seconds": (
        "INVALID_TRANSACTION_DURATION",
        lambda body: setattr(body.transactionValidDuration, "seconds", 14),
    ),
    "a duration of 181 seconds": (
        "INVALID_TRANSACTION_DURATION",
        lambda body: setattr(body.transactionValidDuration, "seconds", 181),
    ),
    "a memo of 101 bytes": ("MEMO_TOO_LONG", lambda body: setattr(body, "memo", "€" * 33 + "ab" + "c")),
    "a memo with a NUL": ("INVALID_ZERO_BYTE_IN_STRING", lambda body: setattr(body, "memo", "a\0b")),
    "another node's account": ("INVALID_NODE_ACCOUNT", lambda body: setattr(body.nodeAccountID, "accountNum", 4)),
    "no node account": ("INVALID_NODE_ACCOUNT", lambda body: body.ClearField("nodeAccountID")),
    "nothing to do": ("INVALID_TRANSACTION_BODY", lambda body: body.ClearField("cryptoTransfer")),
    "amounts that do not sum to zero": (
        "INVALID_ACCOUNT_AMOUNTS",
        lambda body: set_legs(body, legs({1001: -5, 2001: 4})),
    ),
    "a leg without account": (
        "INVALID_ACCOUNT_ID",
        lambda body: set_legs(body, [*legs({1001: -5}), pb.AccountAmount(amount=5)]),
    ),
    "an account twice": (
        "ACCOUNT_REPEATED_IN_ACCOUNT_AMOUNTS",
        lambda body: set_legs(body, [*legs({1001: -5, 2001: 3}), *legs({2001: 2})]),
    ),
    "token amounts that do not sum to zero": (
        "TRANSFERS_NOT_ZERO_SUM_FOR_TOKEN",
        lambda body: body.cryptoTransfer.tokenTransfers.append(token_list({1001: -5, 2001: 4})),
    ),
    "an account twice in a token's list": (
        "ACCOUNT_REPEATED_IN_ACCOUNT_AMOUNTS",
        lambda body: body.cryptoTransfer.tokenTransfers.append(
            pb.TokenTransferList(
                token=pb.TokenID(tokenNum=DUSD), transfers=[*legs({1001: -5, 2001: 3}), *legs({2001: 2})]
            )
        ),
    ),
    "a token leg without account": (
        "INVALID_TRANSFER_ACCOUNT_ID",
        lambda body: body.cryptoTransfer.tokenTransfers.append(
            pb.TokenTransferList(
                token=pb.TokenID(tokenNum=DUSD), transfers=[*legs({1001: -5}), pb.AccountAmount(amount=5)]
            )
        ),
    ),
    "a token list without token": (
        "INVALID_TOKEN_ID",
        lambda body: body.cryptoTransfer.tokenTransfers.append(
            pb.TokenTransferList(transfers=legs({1001: -5, 2001: 5}))
        ),
    ),
    "an empty token list": (
        "EMPTY_TOKEN_TRANSFER_ACCOUNT_AMOUNTS",
        lambda body: body.cryptoTransfer.tokenTransfers.append(token_list({})),
    ),
    "a token twice": (
        "TOKEN_ID_REPEATED_IN_TOKEN_LIST",
        lambda body: body.cryptoTransfer.tokenTransfers.extend([token_list({1001: -5, 2001: 5})] * 2),
    ),
    "a payer nobody knows": (
        "PAYER_ACCOUNT_NOT_FOUND",
        lambda body: setattr(body.transactionID.accountID, "accountNum", 999_999),
    ),
}


@pytest.mark.parametrize(("code", "spoil"), BODIES.values(), ids=BODIES)
async def test_a_body_is_refused_for(code: str, spoil: Spoil, wallet: Wallet) -> None:
    body = wallet.transfer()
    spoil(body)
    assert await wallet.precheck(wallet.sign(body, 1001)) == code


async def test_a_refused_transaction_costs_nothing_and_has_no_receipt(wallet: Wallet, devnet: DevNode) -> None:
    body = wallet.transfer()
    body.memo = "x" * 101
    await wallet.precheck(wallet.sign(body))
    assert devnet.ledger.balance(1001) == OPENING_TINYBARS
    assert await wallet.receipt_code(body.transactionID) == "RECEIPT_NOT_FOUND"


@pytest.mark.parametrize("payer", [1001, 1002, 2], ids=["ed25519", "secp256k1", "either"])
async def test_a_transfer_signed_by_its_payer_is_taken(payer: int, wallet: Wallet) -> None:
    assert await wallet.precheck(wallet.sign(wallet.transfer(payer=payer))) == "OK"


async def test_the_treasury_may_also_sign_with_secp256k1(wallet: Wallet) -> None:
    raw = wallet.transfer(payer=2).SerializeToString()
    assert await wallet.precheck(envelope(raw, [pair(raw, private_key(2), ecdsa=True)])) == "OK"


@pytest.mark.parametrize("memo", ["x" * 100, "€" * 33 + "a"], ids=["ascii", "three bytes a character"])
async def test_a_memo_of_100_bytes_is_taken(memo: str, wallet: Wallet) -> None:
    assert await wallet.precheck(wallet.sign(wallet.transfer(memo=memo))) == "OK"


@pytest.mark.parametrize("seconds", [15, 180])
async def test_the_shortest_and_longest_durations_are_taken(seconds: int, wallet: Wallet, still: Clock) -> None:
    body = wallet.transfer()  # valid since five seconds ago: the shortest has ten to spare
    body.transactionValidDuration.seconds = seconds
    assert await wallet.precheck(wallet.sign(body)) == "OK"


# --- signatures ---


async def test_somebody_elses_signature_is_invalid(wallet: Wallet) -> None:
    assert await wallet.precheck(wallet.sign(wallet.transfer(), 1003)) == "INVALID_SIGNATURE"


@pytest.mark.parametrize("payer", [1001, 1002])
async def test_a_signature_over_other_bytes_is_invalid(payer: int, wallet: Wallet) -> None:
    raw = wallet.transfer(payer=payer).SerializeToString()
    other = wallet.transfer(payer=payer).SerializeToString()
    assert await wallet.precheck(envelope(raw, [wallet.pair(other, payer)])) == "INVALID_SIGNATURE"


async def test_no_signature_is_invalid(wallet: Wallet) -> None:
    assert await wallet.precheck(envelope(wallet.transfer().SerializeToString(), [])) == "INVALID_SIGNATURE"


async def test_an_ed25519_signature_does_not_open_a_secp256k1_account(wallet: Wallet) -> None:
    raw = wallet.transfer(payer=1002).SerializeToString()
    assert await wallet.precheck(envelope(raw, [pair(raw, private_key(1002), ecdsa=False)])) == "INVALID_SIGNATURE"


@pytest.mark.parametrize("payer", [1001, 1002])
@pytest.mark.parametrize("prefix", [0, 4])
async def test_a_short_or_empty_prefix_will_do_for_one_signature(payer: int, prefix: int, wallet: Wallet) -> None:
    assert await wallet.precheck(wallet.sign(wallet.transfer(payer=payer), prefix=prefix)) == "OK"


async def test_an_empty_prefix_beside_another_signature_is_ambiguous(wallet: Wallet) -> None:
    raw = wallet.transfer().SerializeToString()
    pairs = [wallet.pair(raw, 1001, prefix=0), wallet.pair(raw, 1003)]
    assert await wallet.precheck(envelope(raw, pairs)) == "KEY_PREFIX_MISMATCH"


async def test_the_same_key_twice_is_ambiguous(wallet: Wallet) -> None:
    assert await wallet.precheck(wallet.sign(wallet.transfer(), 1001, 1001)) == "KEY_PREFIX_MISMATCH"


async def test_the_higher_s_of_a_secp256k1_signature_is_as_good(wallet: Wallet) -> None:
    raw = wallet.transfer(payer=1002).SerializeToString()
    order = 0xFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFEBAAEDCE6AF48A03BBFD25E8CD0364141
    signed = wallet.pair(raw, 1002)
    r, s = signed.ECDSA_secp256k1[:32], int.from_bytes(signed.ECDSA_secp256k1[32:], "big")
    signed.ECDSA_secp256k1 = r + (order - s).to_bytes(32, "big")
    assert await wallet.precheck(envelope(raw, [signed])) == "OK"


# --- envelopes ---


async def test_bytes_that_are_no_transaction_are_refused(wallet: Wallet) -> None:
    assert await wallet.precheck(b"\x0a\xff\xff") == "INVALID_TRANSACTION"


async def test_an_empty_transaction_has_no_body(wallet: Wallet) -> None:
    assert await wallet.precheck(b"") == "INVALID_TRANSACTION_BODY"


async def test_a_signed_transaction_without_signature_map_has_no_body(wallet: Wallet) -> None:
    signed = pb.SignedTransaction(bodyBytes=wallet.transfer().SerializeToString()).SerializeToString()
    assert await wallet.precheck(pb.Transaction(signedTransactionBytes=signed).SerializeToString()) == (
        "INVALID_TRANSACTION_BODY"
    )


async def test_body_bytes_that_are_no_body_are_refused(wallet: Wallet) -> None:
    assert await wallet.precheck(envelope(b"\x0a\xff\xff", [])) == "INVALID_TRANSACTION_BODY"


async def test_retired_envelopes_are_refused(wallet: Wallet) -> None:
    body = wallet.transfer()
    signatures = pb.SignatureMap(sigPair=[wallet.pair(body.SerializeToString(), 1001)])
    for retired in (
        pb.Transaction(body=body, sigMap=signatures),
        pb.Transaction(body=body, sigs=pb.SignatureList()),
        pb.Transaction(bodyBytes=body.SerializeToString(), sigMap=signatures),
    ):
        assert await wallet.precheck(retired.SerializeToString()) == "INVALID_TRANSACTION"


async def test_a_mixture_of_envelopes_is_refused(wallet: Wallet) -> None:
    mixed = pb.Transaction.FromString(wallet.sign(wallet.transfer()))
    mixed.sigMap.SetInParent()
    assert await wallet.precheck(mixed.SerializeToString()) == "INVALID_TRANSACTION"


async def test_the_other_hash_algorithm_is_refused(wallet: Wallet) -> None:
    signed = pb.SignedTransaction(
        bodyBytes=wallet.transfer().SerializeToString(),
        sigMap=pb.SignatureMap(),
        use_serialized_tx_message_hash_algorithm=True,
    )
    raw = pb.Transaction(signedTransactionBytes=signed.SerializeToString()).SerializeToString()
    assert await wallet.precheck(raw) == "INVALID_SERIALIZED_TX_MESSAGE_HASH_ALGORITHM"


async def test_more_than_6144_bytes_are_oversize(wallet: Wallet) -> None:
    assert await wallet.precheck(b"\0" * 6145) == "TRANSACTION_OVERSIZE"


async def test_6144_bytes_are_not_oversize(wallet: Wallet) -> None:
    body = wallet.transfer()
    body.contractCall.functionParameters = b"\1" * 5000  # the lengths in front have as many digits as at 6144
    body.contractCall.functionParameters += b"\1" * (6144 - len(wallet.sign(body)))
    assert len(wallet.sign(body)) == 6144
    assert await wallet.precheck(wallet.sign(body)) == "OK"


async def test_unknown_fields_are_refused_at_any_depth(wallet: Wallet) -> None:
    body = wallet.transfer()
    deep = pb.TransactionBody.FromString(body.SerializeToString())
    deep.cryptoTransfer.transfers.accountAmounts[0].MergeFromString(
        unknown(deep.cryptoTransfer.transfers.accountAmounts[0])
    )
    inner, innermost = unknown(body), deep.SerializeToString()
    for raw in (
        unknown(pb.Transaction.FromString(wallet.sign(body))),
        envelope(inner, [wallet.pair(inner, 1001)]),
        envelope(innermost, [wallet.pair(innermost, 1001)]),
    ):
        assert await wallet.precheck(raw) == "TRANSACTION_HAS_UNKNOWN_FIELDS"


# --- duplicates, money ---


async def test_the_same_bytes_are_a_duplicate_before_and_after_consensus(wallet: Wallet) -> None:
    body = wallet.transfer()
    agreed = wallet.next_entry(f"0.0.1001@{stamp(body)}")
    assert await wallet.precheck(wallet.sign(body)) == "OK"
    assert await wallet.precheck(wallet.sign(body)) == "DUPLICATE_TRANSACTION"
    await agreed
    assert await wallet.precheck(wallet.sign(body)) == "DUPLICATE_TRANSACTION"


async def test_another_body_with_the_same_id_is_a_duplicate_too(wallet: Wallet) -> None:
    body = wallet.transfer()
    await wallet.settle(body)
    body.memo = "other"
    assert await wallet.precheck(wallet.sign(body)) == "DUPLICATE_TRANSACTION"


async def test_after_180_seconds_a_duplicate_is_only_expired(wallet: Wallet, devnet: DevNode) -> None:
    body = wallet.transfer()
    await wallet.settle(body)
    devnet.ledger.clock.advance(timedelta(seconds=181))
    assert await wallet.precheck(wallet.sign(body)) == "TRANSACTION_EXPIRED"


async def test_an_offer_below_the_entry_fee_is_told_what_would_do(wallet: Wallet) -> None:
    body = wallet.transfer()
    body.transactionFee = 1
    refused = await wallet.send(wallet.sign(body))
    assert refused.nodeTransactionPrecheckCode == pb.INSUFFICIENT_TX_FEE
    body.transactionFee = refused.cost
    assert await wallet.precheck(wallet.sign(body)) == "OK"


async def test_a_payer_who_sends_more_than_they_have_is_refused_at_once(wallet: Wallet) -> None:
    body = wallet.transfer({1001: -OPENING_TINYBARS, 2001: OPENING_TINYBARS})
    assert await wallet.precheck(wallet.sign(body)) == "INSUFFICIENT_PAYER_BALANCE"


def stamp(body: pb.TransactionBody) -> str:
    start = body.transactionID.transactionValidStart
    return f"{start.seconds}.{start.nanos:09d}"
