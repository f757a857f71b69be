"""Bad input: hundreds of valid transactions with one thing wrong, each by name and with the codes it may be refused by.

Deterministic. Whatever is not about signatures is signed properly after it was bent, so that nothing but the defect
can be the reason of the refusal. None of it may ever reach a node.
"""

from __future__ import annotations

import base64
import itertools
import random
from collections.abc import Callable, Iterator
from typing import NamedTuple

from relay import hapi_pb2 as pb
from relay.chains.hedera.kinds import KINDS
from tests.chains.signing import (
    BLOG,
    ECDSA_PAYER,
    FEES,
    PAYER,
    SHOP,
    TOKEN,
    UNKNOWN,
    Tree,
    account,
    amounts,
    body,
    body_bytes,
    bytes_field,
    legacy_map,
    legacy_sigs,
    listed,
    modern,
    number_field,
    pair,
    signed,
    transfer_of,
    tree,
    varint,
)


class Bad(NamedTuple):
    """`codes` are the refusal codes that are right; there is more than one only where the defect has two names."""

    name: str
    raw: bytes
    codes: frozenset[str]


INVALID = frozenset({"invalid_transaction"})
UNSUPPORTED = frozenset({"unsupported_transaction"})
SIGNATURE = frozenset({"invalid_signature"})
LARGE = frozenset({"too_large"})
ANY = INVALID | UNSUPPORTED | SIGNATURE

_BODY = pb.TransactionBody.DESCRIPTOR


def corpus() -> list[Bad]:
    """All of it; the names are unique."""
    makers: list[Callable[[], Iterator[Bad]]] = [
        _junk,
        _truncated,
        _flipped,
        _unknown_fields,
        _repeated_fields,
        _other_wire_types,
        _long_integers,
        _other_kinds,
        _refused_meaning,
        _signatures,
        _envelopes,
        _lists,
        _oversized,
    ]
    found = [bad for maker in makers for bad in maker()]
    assert len({bad.name for bad in found}) == len(found)
    return found


def _plain() -> bytes:
    return body().SerializeToString()


def _rich() -> pb.TransactionBody:
    """One of everything a transfer may have."""
    return body(transfer_of({PAYER: -3_000, SHOP: 2_000, FEES: 1_000}, {PAYER: -50, SHOP: 50}, decimals=6))


def _junk() -> Iterator[Bad]:
    chance = random.Random(20190501)
    for size in (1, 2, 3, 7, 16, 33, 64, 100, 150, 184, 185, 256, 500, 1000, 3000, 6144):
        yield Bad(f"junk: {size} random bytes", chance.randbytes(size), ANY)
    for name, raw in {
        "nothing": b"",
        "zero byte": b"\0",
        "zeros": bytes(200),
        "ones": b"\xff" * 200,
        "JSON": b'{"transaction": "0a0b"}',
        "HTML": b"<html><body>hello</body></html>",
        "HTTP": b"POST /v1/payments HTTP/1.1\r\n\r\n",
        "base64 of a good one": base64.b64encode(modern(_plain())),
        "hex of a good one": modern(_plain()).hex().encode(),
        "a bare SignedTransaction": signed(_plain()),
        "a Query": pb.Query(
            cryptogetAccountBalance=pb.CryptoGetAccountBalanceQuery(accountID=account(2))
        ).SerializeToString(),
        "a receipt": pb.TransactionReceipt(status=pb.SUCCESS, accountID=account(2)).SerializeToString(),
        "field number zero": b"\x02\x00" + modern(_plain()),
        "an endless integer": b"\xff" * 11,
        "a list of nothing": b"\x0a\x00",
        "deeply nested": _nested(400),
    }.items():
        yield Bad(f"junk: {name}", raw, ANY)
    yield Bad("junk: a bare TransactionBody", _plain(), ANY)
    yield Bad("junk: a good one and a byte more", modern(_plain()) + b"\0", INVALID)
    yield Bad("junk: a good one twice", modern(_plain()) * 2, INVALID)
    yield Bad("junk: a good one after a byte", b"\0" + modern(_plain()), INVALID)


def _nested(depth: int) -> bytes:
    raw = b""
    for _ in range(depth):
        raw = bytes_field(6, bytes_field(1, raw))  # Key.keyList.keys
    whole = _plain() + bytes_field(73, raw)
    return modern(whole)


def _truncated() -> Iterator[Bad]:
    for name, whole in {
        "modern": modern(_plain()),
        "bodyBytes": body_bytes(_plain()),
        "legacy map": legacy_map(_plain()),
        "legacy sigs": legacy_sigs(_plain()),
        "list": listed([modern(_plain())]),
    }.items():
        for size in range(3, len(whole), 17):
            yield Bad(f"truncated: {name} to {size} bytes", whole[:size], ANY)


def _flipped() -> Iterator[Bad]:
    whole = modern(_plain())
    ours = pair(_plain()).ed25519
    first = whole.index(ours)
    for at in range(0, 64, 5):
        bent = bytearray(whole)
        bent[first + at] ^= 0x10
        yield Bad(f"flipped: byte {at} of the signature", bytes(bent), SIGNATURE)
    for at in range(2, first, 5):
        bent = bytearray(whole)
        bent[at] ^= 0x01
        yield Bad(f"flipped: byte {at} of the transaction", bytes(bent), ANY)


def _bodies(bend: Callable[[Tree], None], nth: int) -> bytes:
    """The rich body with the nth message in it bent."""
    top = tree(_BODY, _rich().SerializeToString())
    bend(list(top.walk())[nth][1])
    return top.encode()


def _messages() -> list[tuple[int, str, Tree]]:
    """One of each path of messages in the rich body: index, path, message."""
    seen: dict[str, tuple[int, str, Tree]] = {}
    for nth, (path, message) in enumerate(tree(_BODY, _rich().SerializeToString()).walk()):
        seen.setdefault(path, (nth, path, message))
    return list(seen.values())


def _unknown_fields() -> Iterator[Bad]:
    for nth, path, _ in _messages():
        for kind, raw in UNKNOWN.items():
            bent = _bodies(lambda message, raw=raw: message.below.append(Tree(900, raw)), nth)
            yield Bad(f"unknown field: {kind} in {path}", modern(bent), INVALID)
    whole = _plain()
    pairs, envelope = pair(whole), signed(whole)
    for kind, raw in UNKNOWN.items():
        yield Bad(f"unknown field: {kind} in Transaction", modern(whole) + raw, INVALID)
        yield Bad(f"unknown field: {kind} before Transaction", raw + modern(whole), INVALID)
        yield Bad(f"unknown field: {kind} in SignedTransaction", bytes_field(5, envelope + raw), INVALID)
        sig_map = bytes_field(1, pairs.SerializeToString()) + raw
        bent = bytes_field(5, bytes_field(1, whole) + bytes_field(2, sig_map))
        yield Bad(f"unknown field: {kind} in SignatureMap", bent, INVALID)
        sig_map = bytes_field(1, pairs.SerializeToString() + raw)
        bent = bytes_field(5, bytes_field(1, whole) + bytes_field(2, sig_map))
        yield Bad(f"unknown field: {kind} in SignaturePair", bent, INVALID)
        yield Bad(f"unknown field: {kind} in a legacy Transaction", legacy_map(whole) + raw, INVALID)
    yield Bad("unknown field: max_custom_fees", modern(whole + bytes_field(1001, b"")), INVALID)
    yield Bad("unknown field: high_volume", modern(whole + number_field(1002, 1)), INVALID)


def _repeated_fields() -> Iterator[Bad]:
    for nth, path, message in _messages():
        assert message.schema is not None
        for each in list(message.below):
            known = message.schema.fields_by_number[each.number]
            if known.is_repeated:
                continue
            copy = each.encode()
            bent = _bodies(lambda message, copy=copy, number=each.number: message.below.append(Tree(number, copy)), nth)
            yield Bad(f"repeated field: {known.name} of {path}", modern(bent), INVALID)
    whole = _plain()
    other = body(transfer_of({PAYER: -1, BLOG: 1})).SerializeToString()
    transfers = bytes_field(14, transfer_of({PAYER: -1, BLOG: 1}).SerializeToString())
    yield Bad("repeated field: a second cryptoTransfer, to be merged", modern(whole + transfers), INVALID)
    yield Bad("repeated field: a second memo", modern(whole + bytes_field(6, b"inv_other")), INVALID)
    envelope = signed(whole)
    yield Bad("repeated field: a second bodyBytes", bytes_field(5, envelope + bytes_field(1, other)), INVALID)
    yield Bad("repeated field: a second sigMap", bytes_field(5, envelope + bytes_field(2, b"")), INVALID)
    yield Bad("repeated field: a second signedTransactionBytes", modern(whole) + modern(other), INVALID)
    yield Bad("repeated field: a second legacy body", bytes_field(1, other) + legacy_map(whole), INVALID)
    two = bytes_field(1, pair(whole).SerializeToString() + bytes_field(6, bytes(64)))
    yield Bad(
        "repeated field: two kinds of signature in a pair",
        bytes_field(5, bytes_field(1, whole) + bytes_field(2, two)),
        INVALID,
    )
    alias = amounts({SHOP: 1000})[0].accountID.SerializeToString() + bytes_field(4, b"\x12\x20" + bytes(32))
    bent = tree(_BODY, whole)
    bent.at("cryptoTransfer", "transfers", "accountAmounts").at("accountID").below.append(Tree(4, alias[-36:]))
    yield Bad("repeated field: an account by number and by alias", modern(bent.encode()), INVALID)


def _other_wire_types() -> Iterator[Bad]:
    whole = tree(_BODY, _plain())
    for each in whole.below:
        known = _BODY.fields_by_number[each.number]
        others = [Tree(other.number, other.encode()) for other in whole.below if other is not each]
        wrong = (
            bytes_field(each.number, b"") if each.schema is None and each.number != 6 else number_field(each.number, 1)
        )
        bent = b"".join(other.encode() for other in others) + wrong
        yield Bad(f"wire type: {known.name} of TransactionBody", modern(bent), INVALID)
    yield Bad("wire type: signedTransactionBytes as a number", number_field(5, 1), INVALID)
    yield Bad("wire type: body as a number", number_field(1, 1), INVALID)
    yield Bad("wire type: sigMap as a number", bytes_field(5, bytes_field(1, _plain()) + number_field(2, 1)), INVALID)


def _long_integers() -> Iterator[Bad]:
    whole, raw = modern(_plain()), _plain()
    size = len(whole) - 3
    assert whole[:3] == b"\x2a" + varint(size)
    padded = bytes((size & 0x7F | 0x80, size >> 7 | 0x80, 0))
    yield Bad("long integer: the length of signedTransactionBytes", b"\x2a" + padded + whole[3:], INVALID)
    yield Bad("long integer: the tag of signedTransactionBytes", b"\xaa\x00" + whole[1:], INVALID)
    fee = number_field(3, 100_000_000)
    assert fee in raw
    yield Bad("long integer: the fee", modern(raw.replace(fee, fee[:-1] + bytes((fee[-1] | 0x80, 0)))), INVALID)
    yield Bad(
        "long integer: the fee in eleven bytes", modern(raw.replace(fee, b"\x18" + b"\x80" * 10 + b"\1")), INVALID
    )
    nanos = bytes_field(1, number_field(1, 1_700_000_000) + number_field(2, 1))
    assert nanos in raw
    for name, value in {"2^32 + 1": 2**32 + 1, "2^31": 2**31}.items():
        bent = tree(_BODY, raw)
        bent.at("transactionID", "transactionValidStart").below[1] = Tree(2, number_field(2, value))
        yield Bad(f"long integer: nanos of {name}", modern(bent.encode()), INVALID)
    bent = tree(_BODY, raw)
    bent.below.insert(0, Tree(5, number_field(5, 2)))
    yield Bad("long integer: generateRecord of 2", modern(bent.encode()), INVALID)


def _other_kinds() -> Iterator[Bad]:
    top = tree(_BODY, _plain())
    rest = b"".join(each.encode() for each in top.below if each.number != 14)
    for number, kind in KINDS.items():
        if kind != "cryptoTransfer":
            # as it would come: the kinds Relay has a schema for need not be complete either
            yield Bad(f"other kind: {kind}", modern(rest + bytes_field(number, b"")), UNSUPPORTED)
            bent = _plain() + bytes_field(number, b"")
            yield Bad(f"other kind: {kind} beside a transfer", modern(bent), UNSUPPORTED | INVALID)
    yield Bad("other kind: none", modern(rest), INVALID)
    yield Bad("other kind: field 200, which is none yet", modern(rest + bytes_field(200, b"")), INVALID)


def _refused_meaning() -> Iterator[Bad]:
    def bad(name: str, message: pb.TransactionBody, codes: frozenset[str] = INVALID) -> Bad:
        return Bad(f"meaning: {name}", modern(message.SerializeToString()), codes)

    def hbar(*legs: tuple[int, int]) -> pb.TransactionBody:
        made = body(pb.CryptoTransferTransactionBody(transfers=pb.TransferList()))
        for num, amount in legs:
            made.cryptoTransfer.transfers.accountAmounts.add(accountID=account(num), amount=amount)
        return made

    yield bad("no amounts", hbar())
    yield bad("an empty transfer", body(pb.CryptoTransferTransactionBody()))
    yield bad("a credit from nowhere", hbar((SHOP, 1000)))
    yield bad("a debit to nowhere", hbar((PAYER, -1000)))
    yield bad("a tinybar short", hbar((PAYER, -1000), (SHOP, 999)))
    yield bad("a tinybar over", hbar((PAYER, -1000), (SHOP, 1001)))
    yield bad("a zero amount", hbar((PAYER, -1000), (SHOP, 1000), (BLOG, 0)))
    yield bad("only zeros", hbar((PAYER, 0), (SHOP, 0)))
    yield bad("an account twice", hbar((PAYER, -1000), (SHOP, 500), (SHOP, 500)))
    yield bad("the payer twice", hbar((PAYER, -500), (PAYER, -500), (SHOP, 1000)))
    yield bad("account zero", hbar((PAYER, -1000), (0, 1000)))
    yield bad("a negative account", hbar((PAYER, -1000), (-5, 1000)))
    yield bad("eleven amounts", hbar((PAYER, -10), *((num, 1) for num in range(2001, 2011))))
    yield bad("credits that sum up to 2^64", hbar(*((num, 2**62) for num in (PAYER, SHOP, BLOG, FEES))))

    message = body()
    message.cryptoTransfer.transfers.accountAmounts[1].ClearField("accountID")
    yield bad("an amount for nobody", message)
    message = body()
    message.cryptoTransfer.transfers.accountAmounts[1].accountID.alias = b"\x12\x20" + bytes(32)
    yield bad("a payee by alias", message, UNSUPPORTED)
    message = body()
    message.transactionID.accountID.alias = b"\x12\x20" + bytes(32)
    yield bad("a payer by alias", message, UNSUPPORTED)
    message = body()
    message.nodeAccountID.alias = b"\x12\x20" + bytes(32)
    yield bad("a node by alias", message, UNSUPPORTED)
    for side in (0, 1):
        message = body()
        message.cryptoTransfer.transfers.accountAmounts[side].is_approval = True
        yield bad(f"an approved amount, side {side}", message, UNSUPPORTED)
    message = body()
    message.cryptoTransfer.transfers.accountAmounts[1].accountID.shardNum = -1
    yield bad("a negative shard", message)
    message = body()
    message.cryptoTransfer.transfers.accountAmounts[1].accountID.realmNum = -1
    yield bad("a negative realm", message)

    message = _rich()
    message.cryptoTransfer.tokenTransfers[0].nftTransfers.add(
        senderAccountID=account(PAYER), receiverAccountID=account(SHOP), serialNumber=1
    )
    yield bad("an NFT beside an amount", message, UNSUPPORTED)
    message = body(pb.CryptoTransferTransactionBody())
    message.cryptoTransfer.tokenTransfers.add(token=pb.TokenID(tokenNum=TOKEN)).nftTransfers.add(
        senderAccountID=account(PAYER), receiverAccountID=account(SHOP), serialNumber=1
    )
    yield bad("an NFT", message, UNSUPPORTED)
    for name, legs in {
        "not zero in sum": {PAYER: -50, SHOP: 49},
        "a zero amount": {PAYER: -50, SHOP: 50, BLOG: 0},
        "eleven amounts": {PAYER: -10} | dict.fromkeys(range(2001, 2011), 1),
    }.items():
        yield bad(f"token: {name}", body(transfer_of({}, legs)))
    message = _rich()
    message.cryptoTransfer.tokenTransfers.add(token=pb.TokenID(tokenNum=TOKEN), transfers=amounts({PAYER: -1, SHOP: 1}))
    yield bad("token: listed twice", message)
    message = _rich()
    message.cryptoTransfer.tokenTransfers[0].ClearField("transfers")
    yield bad("token: no amounts", message)
    message = _rich()
    message.cryptoTransfer.tokenTransfers[0].ClearField("token")
    yield bad("token: no id", message)
    message = _rich()
    message.cryptoTransfer.tokenTransfers[0].token.tokenNum = -1
    yield bad("token: a negative id", message)
    message = _rich()
    message.cryptoTransfer.tokenTransfers[0].transfers[1].is_approval = True
    yield bad("token: an approved amount", message, UNSUPPORTED)
    message = _rich()
    message.cryptoTransfer.tokenTransfers[0].transfers.extend(amounts({SHOP: 1, PAYER: -1}))
    yield bad("token: an account twice", message)
    message = body(pb.CryptoTransferTransactionBody())
    for num in range(11):
        message.cryptoTransfer.tokenTransfers.add(
            token=pb.TokenID(tokenNum=6000 + num), transfers=amounts({PAYER: -1, SHOP: 1})
        )
    yield bad("token: eleven tokens", message)
    yield bad("token: decimals other than the configured", body(transfer_of({}, {PAYER: -50, SHOP: 50}, decimals=8)))

    message = body()
    message.transactionID.scheduled = True
    yield bad("a scheduled id", message, UNSUPPORTED)
    for nonce in (1, -1):
        message = body()
        message.transactionID.nonce = nonce
        yield bad(f"a nonce of {nonce}", message, UNSUPPORTED)
    message = body()
    message.batch_key.ed25519 = bytes(32)
    yield bad("a batch key", message, UNSUPPORTED)
    message = body()
    message.batch_key.SetInParent()
    yield bad("an empty batch key", message, UNSUPPORTED)

    for name in ("transactionID", "nodeAccountID", "transactionValidDuration"):
        message = body()
        message.ClearField(name)
        yield bad(f"no {name}", message)
    message = body()
    message.transactionID.ClearField("accountID")
    yield bad("no payer", message)
    message = body()
    message.transactionID.ClearField("transactionValidStart")
    yield bad("no valid start", message)
    for duration in (0, -1, 181, 86_400, 2**63 - 1, -(2**63)):
        yield bad(f"a valid duration of {duration} s", body(duration=duration))
    for seconds in (0, -1, 2**40, 2**62, 2**63 - 1, -(2**63), 253_402_300_800):
        yield bad(f"a valid start at {seconds}", body(seconds=seconds))
    for nanos in (-1, 10**9, 2**31 - 1, -(2**31)):
        yield bad(f"nanos of {nanos}", body(nanos=nanos))
    yield bad("node zero", body(node=0))
    yield bad("a negative node", body(node=-3))
    yield bad("payer zero", body(transfer_of({SHOP: 1, FEES: -1}), payer=0))
    yield bad("a memo of 101 bytes", body(memo="m" * 101))
    yield bad("a memo of 101 bytes in 51 letters", body(memo="é" * 50 + "m"))
    yield bad("a zero byte in the memo", body(memo="in\0v"))
    bent = tree(_BODY, _plain())
    bent.below = [Tree(6, bytes_field(6, b"\xff\xfe")) if each.number == 6 else each for each in bent.below]
    yield Bad("meaning: a memo that is not UTF-8", modern(bent.encode()), INVALID)


def _signatures() -> Iterator[Bad]:
    raw = _plain()
    good, ecdsa = pair(raw), pair(raw, ECDSA_PAYER)

    def bad(name: str, *pairs: pb.SignaturePair, codes: frozenset[str] = SIGNATURE) -> Bad:
        return Bad(f"signature: {name}", modern(raw, pairs), codes)

    key, rs, point = good.pubKeyPrefix, ecdsa.ECDSA_secp256k1, ecdsa.pubKeyPrefix
    yield bad("none")
    yield Bad("signature: no sigMap", bytes_field(5, bytes_field(1, raw)), SIGNATURE)
    yield bad("an empty pair", pb.SignaturePair())
    yield bad("a key without signature", pb.SignaturePair(pubKeyPrefix=key))
    yield bad("of another body", pair(body(memo="other").SerializeToString()))
    yield bad("of another key", pb.SignaturePair(pubKeyPrefix=key, ed25519=pair(raw, SHOP).ed25519))
    yield bad(
        "good, and a wrong one", good, pb.SignaturePair(pubKeyPrefix=pair(raw, SHOP).pubKeyPrefix, ed25519=bytes(64))
    )
    yield bad("the same key twice", good, good)
    yield bad("two empty prefixes", pair(raw, prefix=0), pair(raw, SHOP, prefix=0))
    yield bad("twenty-one", *(pair(raw, num, prefix=10) for num in range(5001, 5022)))
    for size in (0, 1, 63, 65, 128):
        yield bad(f"ed25519 of {size} bytes", pb.SignaturePair(pubKeyPrefix=key, ed25519=bytes(size)))
        yield bad(f"ed25519 of {size} bytes, short prefix", pb.SignaturePair(pubKeyPrefix=key[:4], ed25519=bytes(size)))
        yield bad(f"ECDSA of {size} bytes", pb.SignaturePair(pubKeyPrefix=point, ECDSA_secp256k1=bytes(size)))
    yield bad("ed25519 with a key of 33 bytes", pb.SignaturePair(pubKeyPrefix=key + b"\0", ed25519=good.ed25519))
    yield bad("ed25519 with an ECDSA key", pb.SignaturePair(pubKeyPrefix=point, ed25519=good.ed25519))
    yield bad("ed25519 by the zero key", pb.SignaturePair(pubKeyPrefix=bytes(32), ed25519=bytes(64)))
    yield bad("ed25519 by the identity", pb.SignaturePair(pubKeyPrefix=b"\1" + bytes(31), ed25519=b"\1" + bytes(63)))
    yield bad("ECDSA of zeros", pb.SignaturePair(pubKeyPrefix=point, ECDSA_secp256k1=bytes(64)))
    yield bad("ECDSA of ones", pb.SignaturePair(pubKeyPrefix=point, ECDSA_secp256k1=b"\xff" * 64))
    yield bad(
        "ECDSA with s and r changed over", pb.SignaturePair(pubKeyPrefix=point, ECDSA_secp256k1=rs[32:] + rs[:32])
    )
    yield bad(
        "ECDSA with a key off the curve", pb.SignaturePair(pubKeyPrefix=b"\x02" + b"\xff" * 32, ECDSA_secp256k1=rs)
    )
    yield bad("ECDSA with a key of type 5", pb.SignaturePair(pubKeyPrefix=b"\x05" + point[1:], ECDSA_secp256k1=rs))
    yield bad("ECDSA with an uncompressed key", pb.SignaturePair(pubKeyPrefix=b"\x04" + bytes(64), ECDSA_secp256k1=rs))
    yield bad("RSA", pb.SignaturePair(pubKeyPrefix=key, RSA_3072=bytes(384)))
    yield bad("ECDSA_384", pb.SignaturePair(pubKeyPrefix=key, ECDSA_384=bytes(96)))
    yield bad("contract", pb.SignaturePair(pubKeyPrefix=key, contract=b""))
    two = [pair(raw).ed25519, pair(raw, SHOP).ed25519]
    yield Bad("signature: two different ones in sigs", legacy_sigs(raw, two), INVALID)
    yield Bad("signature: none in sigs", legacy_sigs(raw, []), SIGNATURE)
    yield Bad("signature: a short one in sigs", legacy_sigs(raw, [bytes(63)]), SIGNATURE)
    for name, each in {
        "RSA": pb.Signature(RSA_3072=b"x"),
        "contract": pb.Signature(contract=b"x"),
        "threshold": pb.Signature(thresholdSignature=pb.ThresholdSignature()),
        "nothing": pb.Signature(),
    }.items():
        sigs = pb.SignatureList(sigs=[each]).SerializeToString()
        yield Bad(f"signature: {name} in sigs", bytes_field(1, raw) + bytes_field(2, sigs), SIGNATURE)


def _envelopes() -> Iterator[Bad]:
    raw = _plain()
    sig_map = pb.SignatureMap(sigPair=[pair(raw)]).SerializeToString()
    sigs = pb.SignatureList(sigs=[pb.Signature(ed25519=pair(raw).ed25519)]).SerializeToString()
    parts = {1: raw, 2: sigs, 3: sig_map, 4: raw, 5: signed(raw)}
    good = {(5,), (3, 4), (1, 3), (1, 2)}
    for size in range(1, 6):
        for chosen in itertools.combinations(parts, size):
            if chosen not in good:
                whole = b"".join(bytes_field(number, parts[number]) for number in chosen)
                yield Bad(
                    f"envelope: fields {chosen} together", whole, SIGNATURE if chosen in {(1,), (4,)} else INVALID
                )
    for number in (3, 4, 5):
        rest = {1: [(1, b""), (3, sig_map)], 3: [(3, b""), (4, raw)], 4: [(3, sig_map), (4, b"")], 5: [(5, b"")]}[
            number
        ]
        whole = b"".join(bytes_field(each, value) for each, value in rest)
        yield Bad(f"envelope: field {number} empty", whole, INVALID | SIGNATURE)
    internal = pb.SignedTransaction(
        bodyBytes=raw,
        sigMap=pb.SignatureMap(sigPair=[pair(raw)]),
        use_serialized_tx_message_hash_algorithm=True,
    )
    yield Bad("envelope: the network's own hash", bytes_field(5, internal.SerializeToString()), UNSUPPORTED)
    yield Bad("envelope: a Transaction in signedTransactionBytes", bytes_field(5, modern(raw)), INVALID)


def _lists() -> Iterator[Bad]:
    def copies(*bodies: pb.TransactionBody) -> bytes:
        return listed(modern(each.SerializeToString()) for each in bodies)

    two = [body(node=3), body(node=4)]
    yield Bad("list: the same node twice", copies(body(), body()), INVALID)
    yield Bad("list: another memo", copies(body(node=3), body(node=4, memo="other")), INVALID)
    yield Bad("list: another payer", copies(body(node=3), body(node=4, payer=1003)), INVALID)
    yield Bad("list: another id", copies(body(node=3), body(node=4, nanos=2)), INVALID)
    yield Bad("list: another window", copies(body(node=3), body(node=4, duration=60)), INVALID)
    yield Bad("list: another amount", copies(body(node=3), body(transfer_of({PAYER: -1, SHOP: 1}), node=4)), INVALID)
    other = body(node=4)
    other.transactionFee = 1
    yield Bad("list: another fee", copies(body(node=3), other), INVALID)
    yield Bad("list: a second copy without amounts", copies(body(node=3), body(transfer_of({}), node=4)), INVALID)
    yield Bad("list: an empty copy", copies(*two) + bytes_field(1, b""), INVALID)
    yield Bad("list: nothing but empty copies", bytes_field(1, b"") * 3, INVALID)
    yield Bad("list: junk after two copies", copies(*two) + bytes_field(1, b"junk"), INVALID)
    yield Bad("list: another field", copies(*two) + bytes_field(9, b""), INVALID)
    yield Bad("list: a transaction beside copies", copies(*two) + modern(_plain()), INVALID)
    wrong = [modern(two[0].SerializeToString()), modern(two[1].SerializeToString(), [pair(b"other")])]
    yield Bad("list: a second copy badly signed", listed(wrong), SIGNATURE)
    wrong[1] = modern(two[1].SerializeToString(), [])
    yield Bad("list: a second copy unsigned", listed(wrong), SIGNATURE)
    other = body(node=4)
    other.cryptoTransfer.Clear()
    other.tokenAssociate.account.accountNum = PAYER
    yield Bad("list: a second copy of another kind", copies(body(node=3), other), ANY)
    yield Bad("list: fifty-one copies", copies(*(body(node=num) for num in range(3, 54))), LARGE)
    yield Bad("list: a list in a list", bytes_field(1, copies(*two)), ANY)
    many = [modern(each, [pair(each, num, prefix=9) for num in range(7001, 7014)]) for each in _ten_bodies()]
    yield Bad("list: too many signatures", listed(many), INVALID)


def _ten_bodies() -> list[bytes]:
    return [body(node=num).SerializeToString() for num in range(3, 13)]


def _oversized() -> Iterator[Bad]:
    raw = _plain()
    for size in (6145, 7000, 10_000, 100_000, 306_000):
        filler = size - len(modern(raw))
        yield Bad(f"oversized: {size} bytes or so", modern(raw + bytes_field(900, bytes(filler))), LARGE)
    pairs = [pair(raw, num, prefix=12) for num in range(8001, 8081)]
    yield Bad("oversized: by signatures", modern(raw, pairs), LARGE)
    yield Bad("oversized: legacy", legacy_map(raw, pairs), LARGE)
    yield Bad("oversized: bodyBytes", body_bytes(raw, pairs), LARGE)
    yield Bad("oversized: the second copy", listed([modern(raw), modern(raw, pairs)]), LARGE)
