"""Payments of scheme `exact` on Hedera with one thing wrong, one for every rule that bytes alone can break.

Whatever is not about signatures is signed by everyone who must, so that nothing but the defect can be the reason.
"""

from __future__ import annotations

from collections.abc import Iterator

from relay import hapi_pb2 as pb
from relay.chains.hedera.kinds import KINDS
from relay.chains.hedera.reasons import Reason
from relay.devnet.genesis import key_of
from tests.chains import signing
from tests.chains.exact_hedera import AMOUNT, DUSD, FEE_PAYER, body, signed
from tests.chains.exact_payments import IN_DUSD, Case, given
from tests.chains.signing import (
    BLOG,
    PAYER,
    SHOP,
    UNKNOWN,
    Tree,
    account,
    bytes_field,
    listed,
    modern,
    number_field,
    transfer_of,
    tree,
)

NFT = pb.NftTransfer(senderAccountID=account(FEE_PAYER), receiverAccountID=account(PAYER), serialNumber=1)


def broken() -> Iterator[Case]:
    """All of them; the names are unique."""
    for of_rule in (_envelope, _layout, _fee_payer, _legs):
        yield from of_rule()


def _envelope() -> Iterator[Case]:
    undecodable = "invalid_transaction", Reason.UNDECODABLE
    plain = signed(body())
    yield Case("junk", b"\xff" * 100, *undecodable)
    yield Case("half of a transaction", plain[: len(plain) // 2], *undecodable)
    yield Case("a good one and a byte more", plain + b"\0", *undecodable)
    yield Case("32 KiB and a byte", b"\x0a" * (32 * 1024 + 1), "too_large", Reason.UNDECODABLE)
    for kind, raw in UNKNOWN.items():
        yield Case(f"an unknown field in Transaction: {kind}", plain + raw, *undecodable)
    top = tree(pb.TransactionBody.DESCRIPTOR, body(DUSD).SerializeToString())
    for at, (path, _) in enumerate(top.walk()):
        bent = tree(pb.TransactionBody.DESCRIPTOR, body(DUSD).SerializeToString())
        list(bent.walk())[at][1].below.append(Tree(900, UNKNOWN["varint"]))
        raw = bent.encode()
        yield Case(f"an unknown field in message {at}, {path}", modern(raw), *undecodable)
    hook = tree(pb.TransactionBody.DESCRIPTOR, body().SerializeToString())
    amount = hook.at("cryptoTransfer", "transfers", "accountAmounts")
    amount.below.append(Tree(4, bytes_field(4, number_field(1, 7))))  # pre_tx_allowance_hook, HIP-1195
    yield Case("an allowance hook", modern(hook.encode()), *undecodable)
    raw = body().SerializeToString()
    yield Case("fields of custom fees", modern(raw + bytes_field(1001, b"")), *undecodable)
    yield Case("a memo written twice", modern(raw + bytes_field(6, b"a") + bytes_field(6, b"b")), *undecodable)


def _layout() -> Iterator[Case]:
    shape, other = ("invalid_transaction", Reason.SHAPE), ("unsupported_transaction", Reason.OTHER_OPERATIONS)
    head = body()
    head.ClearField("cryptoTransfer")
    yield Case("a body that does nothing", signed(head), *shape)
    for number in (7, 11, 40):
        name = pb.TransactionBody.DESCRIPTOR.fields_by_number[number].name
        wrapped = body()
        wrapped.ClearField("cryptoTransfer")
        getattr(wrapped, name).SetInParent()
        yield Case(f"a {name}", signed(wrapped), *other)
    for number in (19, 42, 44, 50, 74):
        raw = head.SerializeToString() + bytes_field(number, b"")
        yield Case(f"a {KINDS[number]}", modern(raw), *other)
    made = body()
    made.transactionID.scheduled = True
    yield Case("a scheduled transaction", signed(made), *other)
    made = body()
    made.transactionID.nonce = 1
    yield Case("an id with a nonce", signed(made), *other)
    made = body()
    made.batch_key.ed25519 = bytes(32)
    yield Case("a member of a batch", signed(made), *other)
    made = body()
    made.generateRecord = True
    yield Case("a wish for a record", signed(made), *other)
    yield Case("a memo of 101 bytes", signed(body(memo="m" * 101)), *shape)
    yield Case("a memo with a zero byte", signed(body(memo="a\0b")), *shape)
    yield Case("no fee", signed(body(fee=0)), *shape)
    yield Case("a fee above the cap", signed(body(fee=100_000_001)), "invalid_transaction", Reason.MAX_FEE)
    yield Case("a duration of zero", signed(body(duration=0)), *shape)
    yield Case("a duration of 181 s", signed(body(duration=181)), *shape)
    richer = transfer_of({PAYER: -2 * AMOUNT, SHOP: 2 * AMOUNT})
    mixed = [signed(body(), nodes=[3]), signed(body(richer), nodes=[4])]
    yield Case("copies that pay differently", listed(mixed), *shape)
    mixed = [signed(body(), nodes=[3]), signed(body(memo="m"), nodes=[4])]
    yield Case("copies with different memos", listed(mixed), *shape)
    mixed = [signed(body(), nodes=[3]), signed(body(fee=1), nodes=[4])]
    yield Case("copies with different fees", listed(mixed), *shape)
    yield Case("two copies for one node", listed([signed(body()), signed(body())]), *shape)
    yield Case("51 copies", signed(body(), nodes=range(3, 54)), "too_large", Reason.UNDECODABLE)


def _fee_payer() -> Iterator[Case]:
    other = "invalid_transaction", Reason.FEE_PAYER
    yield Case("the payer's own account in the id", signed(body(payer=PAYER)), *other)
    made = body()
    made.transactionID.ClearField("accountID")
    yield Case("no account in the id", signed(made), "invalid_transaction", Reason.SHAPE)
    made = body()
    made.transactionID.accountID.alias = b"\x01" * 20
    yield Case("an alias in the id", signed(made), "unsupported_transaction", Reason.SHAPE)
    made = body()
    made.transactionID.accountID.realmNum = 1
    yield Case("our number in another realm", signed(made), *other)
    hbar = transfer_of({FEE_PAYER: -AMOUNT, SHOP: AMOUNT})
    yield Case("the fee payer pays", signed(body(hbar)), "invalid_transaction", Reason.FEE_PAYER_HBAR)
    part = transfer_of({PAYER: 1 - AMOUNT, FEE_PAYER: -1, SHOP: AMOUNT})
    yield Case("the fee payer pays a tinybar of it", signed(body(part)), "invalid_transaction", Reason.FEE_PAYER_HBAR)
    token = transfer_of({}, {FEE_PAYER: -AMOUNT, SHOP: AMOUNT})
    funds = "invalid_transaction", Reason.FEE_PAYER_FUNDS
    yield Case("the fee payer pays in a token", signed(body(token)), *funds, IN_DUSD)
    beside = transfer_of({FEE_PAYER: -1, PAYER: 1}, given(PAYER))
    yield Case(
        "the fee payer gives HBAR beside a token", signed(body(beside)), *(funds[0], Reason.FEE_PAYER_HBAR), IN_DUSD
    )


def _legs() -> Iterator[Case]:
    shape = "invalid_transaction", Reason.SHAPE
    yield Case("no amounts", signed(body(pb.CryptoTransferTransactionBody())), *shape)
    sum_ = "invalid_transaction", Reason.HBAR_SUM
    yield Case("HBAR out of nothing", signed(body(transfer_of({PAYER: 1 - AMOUNT, SHOP: AMOUNT}))), *sum_)
    sum_ = "invalid_transaction", Reason.ASSET_SUM
    yield Case("tokens out of nothing", signed(body(transfer_of({}, {PAYER: -1, SHOP: AMOUNT}))), *sum_, IN_DUSD)
    zero = transfer_of({PAYER: -AMOUNT, SHOP: AMOUNT, BLOG: 0})
    yield Case("an amount of zero", signed(body(zero)), *shape)
    twice = transfer_of({PAYER: -AMOUNT, SHOP: AMOUNT})
    twice.transfers.accountAmounts.add(accountID=account(SHOP), amount=1)
    twice.transfers.accountAmounts.add(accountID=account(PAYER), amount=-1)
    yield Case("accounts that appear twice", signed(body(twice)), *shape)
    many = transfer_of({PAYER: -10, **{3000 + n: 1 for n in range(10)}})
    yield Case("eleven amounts", signed(body(many)), *shape)
    both = transfer_of({PAYER: -1, SHOP: 1}, given(PAYER))
    unexpected = "wrong_asset", Reason.UNEXPECTED_HBAR
    yield Case("HBAR beside a token", signed(body(both)), *unexpected, IN_DUSD)
    asset = "wrong_asset", Reason.ASSET
    second = transfer_of({}, given(PAYER))
    second.tokenTransfers.add(token=pb.TokenID(tokenNum=5002), transfers=signing.amounts(given(PAYER)))
    yield Case("two tokens", signed(body(second)), *asset, IN_DUSD)
    unknown = transfer_of({}, given(PAYER))
    unknown.tokenTransfers[0].token.tokenNum = 5002
    yield Case("a token not taken here", signed(body(unknown)), *asset, IN_DUSD | {"asset": "0.0.5002"})
    decimals = "invalid_transaction", Reason.ASSET
    yield Case("other decimals", signed(body(transfer_of({}, given(PAYER), decimals=8))), *decimals, IN_DUSD)
    empty = pb.CryptoTransferTransactionBody()
    empty.tokenTransfers.add(token=pb.TokenID(tokenNum=5001))
    yield Case("a token without amounts", signed(body(empty)), *shape, IN_DUSD)
    other = "unsupported_transaction", Reason.OTHER_OPERATIONS
    nft = transfer_of({}, given(PAYER))
    nft.tokenTransfers[0].nftTransfers.append(NFT)
    yield Case("an NFT of the fee payer's beside it", signed(body(nft)), *other, IN_DUSD)
    nft = transfer_of({PAYER: -AMOUNT, SHOP: AMOUNT})
    nft.tokenTransfers.add(token=pb.TokenID(tokenNum=5003), nftTransfers=[NFT])
    yield Case("HBAR, and an NFT of the fee payer's", signed(body(nft)), "wrong_asset", Reason.UNEXPECTED_HBAR)
    approval = "unsupported_transaction", Reason.APPROVAL
    drawn = transfer_of({PAYER: -AMOUNT, SHOP: AMOUNT})
    drawn.transfers.accountAmounts[0].is_approval = True
    yield Case("a debit from an allowance to the fee payer", signed(body(drawn)), *approval)
    drawn = transfer_of({}, given(PAYER))
    drawn.tokenTransfers[0].transfers[0].is_approval = True
    yield Case("likewise in a token", signed(body(drawn)), *approval, IN_DUSD)
    alias = "unsupported_transaction", Reason.ALIAS
    for name, bytes_ in {"an EVM address": bytes(range(20)), "a public key": key_of(PAYER).SerializeToString()}.items():
        opened = transfer_of({PAYER: -AMOUNT, SHOP: AMOUNT})
        opened.transfers.accountAmounts[1].accountID.alias = bytes_
        yield Case(f"to {name}, which would be a new account", signed(body(opened)), *alias)
    nobody = transfer_of({PAYER: -AMOUNT, SHOP: AMOUNT})
    nobody.transfers.accountAmounts[1].ClearField("accountID")
    yield Case("to nobody", signed(body(nobody)), *shape)
