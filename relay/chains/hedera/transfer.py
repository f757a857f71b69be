"""From signed bytes to a `Transfer`: what a transfer may say, and nothing else.

What is refused here is refused before anything is sent: every other kind of transaction, and the parts of a transfer
whose meaning Relay does not know or cannot promise (NFTs, allowances, aliases, schedules, batches).
"""

from __future__ import annotations

from collections.abc import Mapping

from relay import hapi_pb2 as pb
from relay.chain import Leg, SignedTransfer, Transfer
from relay.chains.hedera import names
from relay.chains.hedera.copies import Copy, keep, query_for
from relay.chains.hedera.envelope import close_envelope, open_envelope, transaction_of
from relay.chains.hedera.glance import decode_ordinary
from relay.chains.hedera.kinds import KINDS
from relay.chains.hedera.legs import MAX_MEMO_BYTES, NO_DECIMALS, legs_of
from relay.chains.hedera.signatures import check_signatures
from relay.chains.hedera.wire import UnknownField, read
from relay.errors import InvalidTransfer
from relay.money import Asset

MAX_SIGNATURES = 120  # in all copies of a list: 5 ms of checking


def decode(signed: SignedTransfer, decimals: Mapping[Asset, int]) -> Transfer:
    """Read and check `signed`; `decimals` are those configured. Pure. `InvalidTransfer`, or `TooLarge`."""
    return decode_ordinary(signed) or decode_any(signed, decimals)


def decode_any(signed: SignedTransfer, decimals: Mapping[Asset, int]) -> Transfer:
    """The same, whatever shape the transfer has."""
    parts = open_envelope(signed.raw)
    first, body = open_signed(parts[0])
    legs = read_transfer(body, decimals)
    id, payer = body.transactionID, names.account_of(body.transactionID.accountID, "the payer")
    tx, query, window = names.tx_id_of(id, payer), query_for(id), names.window(body)
    raw = close_envelope(parts)
    transfer = Transfer(tx, SignedTransfer(signed.chain, signed.scheme, raw), payer, legs, body.memo, *window)
    node = names.account_of(body.nodeAccountID, "the node")
    if len(parts) == 1:
        check_signatures(first.bodyBytes, first.sigMap)  # last: it costs three times the rest
        keep(raw, (Copy(node, raw, query, tx, *window),))
        return transfer
    opened = [(first, body), *(open_signed(part) for part in parts[1:])]
    nodes, common = [node], without_node(body)
    for _, other in opened[1:]:
        nodes.append(names.account_of(other.nodeAccountID, "the node"))
        if without_node(other) != common:
            raise InvalidTransfer("the copies in the list differ in more than their node account")
    if len(set(nodes)) < len(parts):
        raise InvalidTransfer("two copies in the list are for the same node")
    if sum(len(each.sigMap.sigPair) for each, _ in opened) > MAX_SIGNATURES:
        raise InvalidTransfer(f"the list carries more than {MAX_SIGNATURES} signatures")
    for each, _ in opened:
        check_signatures(each.bodyBytes, each.sigMap)
    keep(raw, tuple(Copy(*pair, query, tx, *window) for pair in zip(nodes, map(transaction_of, parts), strict=True)))
    return transfer


def open_signed(signed: bytes) -> tuple[pb.SignedTransaction, pb.TransactionBody]:
    """One SignedTransaction and its body, of whatever kind, read strictly. Signatures are not checked here."""
    envelope = read(pb.SignedTransaction, signed)
    if envelope.use_serialized_tx_message_hash_algorithm:
        raise InvalidTransfer(
            "use_serialized_tx_message_hash_algorithm is for the network's own use", code="unsupported_transaction"
        )
    try:
        return envelope, read(pb.TransactionBody, envelope.bodyBytes)
    except UnknownField as unknown:
        if unknown.path == "TransactionBody" and unknown.number in KINDS:
            raise unsupported(unknown.number) from None
        raise


def read_transfer(body: pb.TransactionBody, decimals: Mapping[Asset, int] = NO_DECIMALS) -> tuple[Leg, ...]:
    """The legs of a body that is a transfer and nothing more, HBAR first; raises `InvalidTransfer`."""
    kind = body.WhichOneof("data")
    if kind is None:
        raise InvalidTransfer("the transaction does nothing: its body has no data")
    if kind != "cryptoTransfer":
        raise unsupported(pb.TransactionBody.DESCRIPTOR.fields_by_name[kind].number)
    id = body.transactionID
    if id.scheduled or id.nonce or body.HasField("batch_key"):
        raise InvalidTransfer(
            "scheduled and batched transactions, and ids with a nonce, are not relayed", code="unsupported_transaction"
        )
    memo = body.memo
    if len(memo.encode()) > MAX_MEMO_BYTES or "\0" in memo:
        raise InvalidTransfer(f"the memo has more than {MAX_MEMO_BYTES} bytes of UTF-8, or a zero byte in it")
    return legs_of(body.cryptoTransfer, decimals)


def unsupported(kind: int) -> InvalidTransfer:
    """The refusal of a transaction of another kind than a transfer, by its field number in TransactionBody."""
    return InvalidTransfer(
        f"the transaction is a {KINDS[kind]} (field {kind}); only cryptoTransfer is relayed",
        code="unsupported_transaction",
    )


def without_node(body: pb.TransactionBody) -> bytes:
    """What copies for several nodes have in common. Takes the node out of `body`."""
    body.ClearField("nodeAccountID")
    return body.SerializeToString()
