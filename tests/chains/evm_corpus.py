"""Transactions and authorizations that no relay may take, each a small step away from one that it does take.

`code` is the public one; `says` is in the message, so that a refusal for another reason than the one meant is seen.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from copy import deepcopy
from dataclasses import dataclass
from typing import Any

import rlp
from eth_account.messages import encode_typed_data
from eth_keys import keys
from eth_utils import keccak, to_checksum_address

from relay.chain import EXACT, SIGNED, SignedTransfer
from tests.chains import evm
from tests.chains.evm import CHAIN, EURC, NUMBER, PAYER, PLAIN, PROXY, SHOP, STRANGER, USDC

ORDER = 0xFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFEBAAEDCE6AF48A03BBFD25E8CD0364141
INVALID, UNSUPPORTED, SIGNATURE = "invalid_transaction", "unsupported_transaction", "invalid_signature"


@dataclass(frozen=True, slots=True)
class Bad:
    name: str
    signed: SignedTransfer
    code: str
    says: str


def corpus() -> list[Bad]:
    return [*transactions(), *calls(), *authorizations(), *permits(), *not_json()]


# --- transactions ---


def fields(kind: int, **changed: Any) -> list[Any]:
    """Those of a transaction that pays SHOP, unsigned, in the order of its envelope."""
    named: dict[str, Any] = {"chain": NUMBER, "nonce": 0, "tip": 10**9, "fee": 2 * 10**9, "gas": 90_000} | {
        "to": bytes.fromhex(SHOP[2:]),
        "value": 10**15,
        "data": b"",
        "access": [],
    }
    named |= changed
    order = {
        0: ("nonce", "fee", "gas", "to", "value", "data"),
        1: ("chain", "nonce", "fee", "gas", "to", "value", "data", "access"),
        2: ("chain", "nonce", "tip", "fee", "gas", "to", "value", "data", "access"),
    }[kind]
    return [named[name] for name in order]


def sealed(kind: int, body: list[Any], **changed: Any) -> bytes:
    """Sign the fields, whatever they are, and put `v`, `r`, `s` behind them; `changed` replaces one of those."""
    unsigned = rlp.encode([*body, NUMBER, 0, 0]) if kind == 0 else bytes([kind]) + rlp.encode(body)
    made = keys.PrivateKey(bytes(PAYER.key)).sign_msg_hash(keccak(unsigned))
    v = made.v + 35 + 2 * NUMBER if kind == 0 else made.v
    seal = {"v": v, "r": made.r, "s": made.s} | {
        name: value(made) if callable(value) else value for name, value in changed.items()
    }
    prefix = b"" if kind == 0 else bytes([kind])
    return prefix + bytes(rlp.encode([*body, seal["v"], seal["r"], seal["s"]]))


def made(kind: int, **changed: Any) -> bytes:
    return sealed(kind, fields(kind, **changed))


def raw(name: str, bytes_: bytes, code: str, says: str) -> Bad:
    return Bad(name, SignedTransfer(CHAIN, SIGNED, bytes_), code, says)


def transactions() -> Iterator[Bad]:
    yield raw("nothing", b"", INVALID, "empty")
    yield raw("too long", b"\x02" * 8193, "too_large", "8193 bytes")
    for kind, what in ((0, "legacy"), (1, "EIP-2930"), (2, "EIP-1559")):
        yield from (Bad(f"{what}: {bad.name}", bad.signed, bad.code, bad.says) for bad in _broken(kind))
        yield from (Bad(f"{what}: {bad.name}", bad.signed, bad.code, bad.says) for bad in _absurd(kind))
        yield from (Bad(f"{what}: {bad.name}", bad.signed, bad.code, bad.says) for bad in _missigned(kind))
    yield from _other_kinds()
    yield from _access_lists()


def _broken(kind: int) -> Iterator[Bad]:
    good = made(kind)
    head = 0 if kind == 0 else 1
    yield raw("one byte after it", good + b"\0", INVALID, "1 bytes follow the end")
    yield raw("twice", good + good, INVALID, "follow the end")
    for cut in (1, 2, 10, 40, 66, len(good) - head - 2):
        yield raw(f"without its last {cut} bytes", good[:-cut], INVALID, "cut off")
    inside = rlp.decode(good[head:])
    yield raw("a field fewer", good[:head] + rlp.encode(inside[:-1]), INVALID, "fields, got")
    yield raw("a field more", good[:head] + rlp.encode([*inside, b""]), INVALID, "fields, got")
    yield raw("inside another list", good[:head] + rlp.encode([inside]), INVALID, "fields, got 1")
    for place, value in enumerate(inside):
        if isinstance(value, bytes):
            yield raw(
                f"field {place} a list", good[:head] + rlp.encode(_with(inside, place, [value])), INVALID, "a list"
            )
    for place in (0, 1, 2):
        padded = _with(inside, place, b"\0" + inside[place])
        yield raw(f"field {place} with a leading zero", good[:head] + rlp.encode(padded), INVALID, "leading zero")
    long = bytes([0xF8 + 1]) + (len(good) - head - 2).to_bytes(2, "big") + good[head + 2 :]
    yield raw("its length with a leading zero", good[:head] + long, INVALID, "long way")
    short = rlp.encode(inside[:2])
    wide = bytes([0xF8, len(short) - 1]) + short[1:]
    yield raw("a short length the long way", good[:head] + wide, INVALID, "long way")
    number = b"\xc2\x81\x05"
    yield raw("a small number in two bytes", good[:head] + number, INVALID, "long way")


def _absurd(kind: int) -> Iterator[Bad]:
    for gas, says in ((0, "gas: 0"), (20_999, "gas: 20999"), (2**24 + 1, "gas: 16777217"), (2**63, "gas: 92")):
        yield raw(f"gas {gas}", made(kind, gas=gas), INVALID, says)
    yield raw("gas of more than 64 bits", made(kind, gas=2**64), INVALID, "gas: 9 bytes")
    yield raw("a fee of a coin", made(kind, fee=10**18), INVALID, "absurdly much")
    yield raw("the last nonce", made(kind, nonce=2**64 - 1), INVALID, "EIP-2681")
    yield raw("value of more than 256 bits", made(kind, value=2**256), INVALID, "value: 33 bytes")
    yield raw("value zero", made(kind, value=0), INVALID, "pays nobody")
    yield raw("to the zero address", made(kind, to=bytes(20)), INVALID, "zero address")
    yield raw("to nobody: a contract", made(kind, to=b"", data=b"\x60\x80"), UNSUPPORTED, "creates a contract")
    yield raw("to 19 bytes", made(kind, to=b"\x11" * 19), INVALID, "20 bytes, got 19")
    yield raw("to 32 bytes", made(kind, to=b"\x11" * 32), INVALID, "20 bytes, got 32")
    yield raw("to oneself", made(kind, to=bytes.fromhex(PAYER.address[2:])), INVALID, "pays itself")
    yield raw("coins to a token", made(kind, to=bytes.fromhex(USDC[2:])), INVALID, "coins sent to it are lost")
    if kind == 2:
        yield raw("a tip above the fee", made(kind, tip=3 * 10**9), INVALID, "more than maxFeePerGas")
    if kind:
        for chain in (0, 1, NUMBER + 1, 2**64):
            yield raw(f"chain {chain}", made(kind, chain=chain), "unsupported_network", f"for chain {chain}")


def _missigned(kind: int) -> Iterator[Bad]:
    body = fields(kind)
    for name in ("r", "s"):
        for value, why in ((0, "0"), (ORDER, "the order"), (2**256 - 1, "2^256 - 1")):
            yield raw(f"{name} is {why}", sealed(kind, body, **{name: value}), SIGNATURE, "below the order")
    high = sealed(kind, body, s=lambda made: ORDER - made.s)
    yield raw("the other s", high, SIGNATURE, "upper half")
    yield raw("r of 33 bytes", sealed(kind, body, r=2**256), INVALID, "r: 33 bytes")
    # 5 is no x coordinate of the curve, so no key can have made it
    yield raw("an r that is on no curve", sealed(kind, body, r=5), SIGNATURE, "no public key")
    if kind:
        for v in (2, 27, 28, 2**32):
            yield raw(f"parity {v}", sealed(kind, body, v=v), SIGNATURE, f"got {v}")
        return
    for v in (27, 28):
        yield raw(f"v {v}", sealed(kind, body, v=v), UNSUPPORTED, "EIP-155")
    for v in (0, 1, 26, 29, 34):
        yield raw(f"v {v}", sealed(kind, body, v=v), SIGNATURE, f"v: {v}")
    for chain in (0, 1, NUMBER + 1, 2**64):
        yield raw(f"chain {chain}", sealed(kind, body, v=35 + 2 * chain), "unsupported_network", f"for chain {chain}")


def _other_kinds() -> Iterator[Bad]:
    fees = {"maxFeePerGas": 2 * 10**9, "maxPriorityFeePerGas": 10**9, "chainId": NUMBER, "nonce": 0, "gas": 90_000}
    auth = PAYER.sign_authorization({"chainId": NUMBER, "address": SHOP, "nonce": 0})
    delegation = fees | {"type": 4, "to": SHOP, "value": 1, "authorizationList": [auth]}
    yield raw("EIP-7702", bytes(PAYER.sign_transaction(delegation).raw_transaction), UNSUPPORTED, "EIP-7702")
    blob = b"\x03" + made(2)[1:]
    yield raw("EIP-4844", blob, UNSUPPORTED, "EIP-4844")
    for kind in (0x00, 0x05, 0x7E, 0x7F, 0x80, 0xBF):
        yield raw(f"type 0x{kind:02x}", bytes([kind]) + made(2)[1:], UNSUPPORTED, f"type 0x{kind:02x}")
    yield raw("a string", rlp.encode(made(2)), UNSUPPORTED, "of type 0xb8")
    yield raw("an EIP-1559 body as EIP-2930", b"\x01" + made(2)[1:], INVALID, "has 11 fields, got 12")
    yield raw("an EIP-2930 body as EIP-1559", b"\x02" + made(1)[1:], INVALID, "has 12 fields, got 11")


def _access_lists() -> Iterator[Bad]:
    key, at = b"\x01" * 32, b"\x02" * 20
    for name, access, says in (
        ("bytes", b"\x01", "bytes where a list belongs"),
        ("an entry that is bytes", [at], "bytes where a list belongs"),
        ("an entry of one", [[at]], "an address and its storage keys"),
        ("an entry of three", [[at, [], []]], "an address and its storage keys"),
        ("an address of 19 bytes", [[at[1:], []]], "an address and its storage keys"),
        ("an address that is a list", [[[at], []]], "a list where bytes belong"),
        ("keys that are bytes", [[at, key]], "bytes where a list belongs"),
        ("a key of 31 bytes", [[at, [key[1:]]]], "32 bytes"),
        ("a key that is a list", [[at, [[key]]]], "nests deeper"),
        ("101 keys", [[at, [key] * 100]], "no more than 100"),
    ):
        for kind in (1, 2):
            yield raw(f"type {kind}: an access list of {name}", made(kind, access=access), INVALID, says)


def _with(items: list[Any], place: int, value: Any) -> list[Any]:
    return [value if at == place else item for at, item in enumerate(items)]


# --- calls of tokens ---


def calls() -> Iterator[Bad]:
    def call(name: str, data: bytes, code: str, says: str, **changed: Any) -> Bad:
        return raw(f"call: {name}", evm.token_transfer(data=data, **changed), code, says)

    transfer, transfer_from = "a9059cbb", "23b872dd"
    good = evm.call(transfer, SHOP, 1)
    for name, selector in {
        "approve": "095ea7b3",
        "increaseAllowance": "39509351",
        "permit": "d505accf",
        "transferWithAuthorization": "e3ee160e",
        "receiveWithAuthorization": "ef55bec6",
        "mint": "40c10f19",
        "burn": "42966c68",
        "transferAndCall": "4000aea0",
        "multicall": "ac9650d8",
        "transferOwnership": "f2fde38b",
        "function 0xdeadbeef": "deadbeef",
    }.items():
        yield call(name, evm.call(selector, SHOP, 1), UNSUPPORTED, name)
    yield call("of three bytes", good[:3], UNSUPPORTED, "0xa9059c")
    for size in (4, 5, 36, 67, 69, 100, 132):
        yield call(f"transfer of {size} bytes", good.ljust(size, b"\0")[:size], INVALID, "take 64 bytes")
    for size in (4, 68, 99, 101, 132):
        data = evm.call(transfer_from, PAYER.address, SHOP, 1).ljust(size, b"\0")[:size]
        yield call(f"transferFrom of {size} bytes", data, INVALID, "take 96 bytes")
    for place in (4, 15):
        dirty = good[:place] + b"\x01" + good[place + 1 :]
        yield call(f"a payee with byte {place} set", dirty, INVALID, "`to` are not zero")
        data = evm.call(transfer_from, PAYER.address, SHOP, 1)
        dirty = data[:place] + b"\x01" + data[place + 1 :]
        yield call(f"a payer with byte {place} set", dirty, INVALID, "`from` are not zero")
    zero = "0x" + "00" * 20
    yield call("to the zero address", evm.call(transfer, zero, 1), INVALID, "`to` is the zero address")
    yield call("from the zero address", evm.call(transfer_from, zero, SHOP, 1), INVALID, "`from` is the zero address")
    yield call("to the token", evm.call(transfer, USDC, 1), INVALID, "is a token")
    yield call("to another token", evm.call(transfer, EURC, 1), INVALID, "is a token")
    yield call("to oneself", evm.call(transfer, PAYER.address, 1), INVALID, "pays itself")
    yield call("of nothing", evm.call(transfer, SHOP, 0), INVALID, "value is zero")
    yield call("with coins", good, INVALID, "takes no coins", value=1)
    somebody = evm.call(transfer_from, STRANGER.address, SHOP, 1)
    yield call("of somebody else's allowance", somebody, UNSUPPORTED, "was allowed to")
    yield call("of an unknown token", good, "wrong_asset", "is not a token taken", token=STRANGER.address)
    yield call(
        "of a look-alike", good, "wrong_asset", "is not a token taken", token=to_checksum_address(USDC[:-1] + "0")
    )
    yield call("with a word for an account", b"hello", "wrong_asset", "is not a token taken", token=SHOP, value=1)


# --- authorizations ---


def payload(name: str, body: Any, code: str, says: str) -> Bad:
    return Bad(name, SignedTransfer(CHAIN, EXACT, json.dumps(body).encode()), code, says)


def altered(body: dict[str, Any], *path: str, value: Any) -> dict[str, Any]:
    """The payload with one member changed after it was signed; `...` leaves it out."""
    copy = deepcopy(body)
    at = copy
    for step in path[:-1]:
        at = at[step]
    if value is ...:
        del at[path[-1]]
    else:
        at[path[-1]] = value
    return copy


NUMBERS: tuple[tuple[Any, str], ...] = (
    ("", "decimal string"),
    ("-1", "decimal string"),
    ("+1", "decimal string"),
    ("01", "decimal string"),
    ("1e6", "decimal string"),
    ("1.0", "decimal string"),
    ("0x10", "decimal string"),
    ("1_000", "decimal string"),
    (" 1", "decimal string"),
    ("１", "decimal string"),  # noqa: RUF001  # a full-width digit, which int() would take
    (str(2**256), "below 2^256"),
    ("9" * 400, "decimal string"),
    (1, "Expected `str`"),
    (None, "Expected `str`"),
    (["1"], "Expected `str`"),
    (..., "missing required field"),
)
ADDRESSES: tuple[tuple[Any, str], ...] = (
    ("", "is not an address"),
    ("0x", "is not an address"),
    (SHOP[:-1], "is not an address"),
    (SHOP + "00", "is not an address"),
    (SHOP[2:], "is not an address"),
    (SHOP.swapcase(), "is not an address"),
    ("0x" + SHOP[2:].swapcase(), "wrong checksum"),
    ("shop.eth", "is not an address"),
    (7, "Expected `str`"),
    (None, "Expected `str`"),
    (..., "missing required field"),
)


def authorizations() -> Iterator[Bad]:
    good = evm.authorization()
    inner = "authorization"
    for field in ("value", "validAfter", "validBefore"):
        for value, says in NUMBERS:
            yield payload(f"{field} {value!r:.20}", altered(good, inner, field, value=value), INVALID, says)
    for field in ("from", "to"):
        for value, says in ADDRESSES:
            yield payload(f"{field} {value!r:.50}", altered(good, inner, field, value=value), INVALID, says)
    for value, says in (
        ("0x", "32 bytes"),
        ("0x" + "11" * 31, "32 bytes"),
        ("0x" + "11" * 33, "32 bytes"),
        ("11" * 32, "32 bytes"),
        ("0x" + "zz" * 32, "32 bytes"),
        ("0x" + "1" * 63, "32 bytes"),
        (5, "Expected `str`"),
        (..., "missing required field"),
    ):
        yield payload(
            f"nonce {value!r:.10} {len(str(value))}", altered(good, inner, "nonce", value=value), INVALID, says
        )
    yield from _signatures(good, "EIP-3009")
    for field, value in {
        "from": STRANGER.address,
        "to": STRANGER.address,
        "value": "1500001",
        "validAfter": "1",
        "validBefore": str(2**255),
        "nonce": "0x" + "12" * 32,
    }.items():
        yield payload(f"{field} changed after signing", altered(good, inner, field, value=value), SIGNATURE, "not")
    yield payload("an unknown member beside", good | {"x": 1}, INVALID, "unknown field `x`")
    yield payload("an unknown member inside", altered(good, inner, "data", value="0x"), INVALID, "unknown field `data`")
    yield payload("both kinds", good | evm.permit(), INVALID, "one of them")
    yield payload("neither kind", {"signature": good["signature"]}, INVALID, "one of them")
    zero = "0x" + "00" * 20
    yield payload("from the zero address", altered(good, inner, "from", value=zero), INVALID, "has no key")
    for name, to in {
        "the zero address": zero,
        "oneself": PAYER.address,
        "the token": USDC,
        "Permit2": evm.PERMIT2,
    }.items():
        yield payload(f"to {name}", evm.authorization(to=to), INVALID, "cannot be paid")
    yield payload("value zero", evm.authorization(value="0"), INVALID, "pays nobody")
    for after, before in ((100, 100), (100, 101), (101, 100)):
        window = {"validAfter": str(after), "validBefore": str(before)}
        yield payload(f"a window from {after} to {before}", evm.authorization(**window), INVALID, "no second lies")
    late = {"validAfter": str(1_700_000_000_000), "validBefore": str(2**200)}
    yield payload("times in milliseconds", evm.authorization(**late), INVALID, "milliseconds")
    yield payload("for another chain", evm.authorization(chain=1), SIGNATURE, "not")
    yield payload("of a token that is not listed", evm.authorization(token=STRANGER.address), SIGNATURE, "not")
    for name, asset in {"a token without EIP-3009": PLAIN, "an unknown token": STRANGER.address}.items():
        yield payload(f"asset is {name}", good | {"asset": asset}, "wrong_asset", "is not a token with EIP-3009")
    yield payload("asset is the other token", good | {"asset": EURC}, SIGNATURE, "not")
    yield payload("asset is native", good | {"asset": "native"}, INVALID, "asset")
    for name, accepted, code, says in (
        ("another scheme", {"scheme": "upto"}, INVALID, "accepted.scheme"),
        ("another network", {"network": "eip155:1"}, "unsupported_network", "got 'eip155:1'"),
        ("an unknown asset", {"asset": STRANGER.address}, "wrong_asset", "is not a token with EIP-3009"),
    ):
        yield payload(f"accepted {name}", {"x402Version": 2, "accepted": accepted, "payload": good}, code, says)
    received = _received()
    yield payload("signed as receiveWithAuthorization", received, SIGNATURE, "not")


def permits() -> Iterator[Bad]:
    good = evm.permit()
    inner = "permit2Authorization"
    for path in (("nonce",), ("deadline",), ("permitted", "amount"), ("witness", "validAfter")):
        for value, says in (("-1", "decimal"), ("01", "decimal"), (str(2**256), "below"), (1, "str"), (..., "missing")):
            name = f"Permit2: {'.'.join(path)} {value!r:.20}"
            yield payload(name, altered(good, inner, *path, value=value), INVALID, says)
    for path in (("from",), ("spender",), ("permitted", "token"), ("witness", "to")):
        for value, says in (("0x12", "is not an address"), ("0x" + SHOP[2:].swapcase(), "checksum"), (..., "missing")):
            name = f"Permit2: {'.'.join(path)} {value!r:.20}"
            yield payload(name, altered(good, inner, *path, value=value), INVALID, says)
    for part in ("permitted", "witness"):
        yield payload(
            f"Permit2: without {part}", altered(good, inner, part, value=...), INVALID, "missing required field"
        )
        yield payload(f"Permit2: {part} null", altered(good, inner, part, value=None), INVALID, "Expected `object`")
        wider = altered(good, inner, part, "extra", value="0x")
        yield payload(f"Permit2: {part} with more in it", wider, INVALID, "unknown field `extra`")
    yield from _signatures(good, "Permit2")
    yield payload("Permit2: another spender", evm.permit(spender=STRANGER.address), INVALID, "x402's proxy")
    upto = "0x4020A4f3b7b90ccA423B9fabCc0CE57C6C240002"
    yield payload("Permit2: the spender of `upto`", evm.permit(spender=upto), INVALID, "x402's proxy")
    for name, to in {"the proxy": PROXY, "the token": PLAIN, "oneself": PAYER.address}.items():
        changed = evm.permit(witness={"to": to, "validAfter": "0"})
        yield payload(f"Permit2: to {name}", changed, INVALID, "cannot be paid")
    yield payload(
        "Permit2: an unknown token", evm.permit(token=STRANGER.address), "wrong_asset", "is not a token taken"
    )
    yield payload("Permit2: another asset asked", good | {"asset": USDC}, "wrong_asset", "is not the asset")
    nothing = evm.permit(permitted={"token": PLAIN, "amount": "0"})
    yield payload("Permit2: amount zero", nothing, INVALID, "pays nobody")
    yield payload("Permit2: over before it begins", evm.permit(deadline=str(evm.AFTER - 1)), INVALID, "deadline")
    yield payload("Permit2: for another chain", evm.permit(chain=1), SIGNATURE, "not")
    for path, value in {
        ("from",): STRANGER.address,
        ("nonce",): "1",
        ("deadline",): str(evm.BEFORE + 1),
        ("permitted", "amount"): "1500001",
        ("permitted", "token"): USDC,
        ("witness", "to"): STRANGER.address,
        ("witness", "validAfter"): "0",
    }.items():
        changed = altered(good, inner, *path, value=value)
        yield payload(f"Permit2: {'.'.join(path)} changed after signing", changed, SIGNATURE, "not")


def _signatures(good: dict[str, Any], kind: str) -> Iterator[Bad]:
    def signature(name: str, value: Any, says: str, code: str = SIGNATURE) -> Bad:
        return payload(f"{kind}: signature {name}", altered(good, "signature", value=value), code, says)

    made = bytes.fromhex(good["signature"][2:])
    r, s, v = made[:32], int.from_bytes(made[32:64], "big"), made[64]
    yield signature("missing", ..., "missing required field", INVALID)
    yield signature("null", None, "Expected `str`", INVALID)
    yield signature("empty", "", "0x-hex")
    yield signature("0x", "0x", "0x-hex")
    yield signature("of odd length", good["signature"][:-1], "0x-hex")
    yield signature("not hex", "0x" + "zz" * 65, "0x-hex")
    yield signature("of 4097 bytes", "0x" + "11" * 4097, "4096", "too_large")
    for size in (1, 63, 66, 96):
        yield signature(f"of {size} bytes", "0x" + (made * 2)[:size].hex(), "not")
    yield signature(
        "with the other s", "0x" + (r + (ORDER - s).to_bytes(32, "big") + bytes([55 - v])).hex(), "upper half"
    )
    for other in (55 - v, 2, 29, 255):
        yield signature(
            f"with v of {other - v} more", "0x" + (made[:64] + bytes([other])).hex(), "not the one that fits"
        )
    compact = bytearray(made[:64])
    compact[32] |= 0x80 if v == 27 else 0
    yield signature("compact, of the other parity", "0x" + compact.hex(), "not the one that fits")
    for name, value in {
        "r zero": bytes(32) + made[32:],
        "s zero": r + bytes(32) + made[64:],
        "r the order": ORDER.to_bytes(32, "big") + made[32:],
        "s the order": r + ORDER.to_bytes(32, "big") + made[64:],
        "r and s swapped": made[32:64] + r + made[64:],
        "all ones": b"\xff" * 65,
        "all zeros": bytes(65),
        "of a stranger": bytes(STRANGER.unsafe_sign_hash(keccak(b"another message")).signature),
    }.items():
        yield signature(name, "0x" + value.hex(), "not")


def _received() -> dict[str, Any]:
    """Signed for the sibling of transferWithAuthorization: the same members under another name."""
    good = evm.authorization()
    members = [("from", "address"), ("to", "address"), ("value", "uint256"), ("validAfter", "uint256")]
    members += [("validBefore", "uint256"), ("nonce", "bytes32")]
    types = {"ReceiveWithAuthorization": [{"name": name, "type": kind} for name, kind in members]}
    domain = {"name": "USD Coin", "version": "2", "chainId": NUMBER, "verifyingContract": USDC}
    message = {name: int(value) if value.isdecimal() else value for name, value in good["authorization"].items()}
    signed = PAYER.sign_message(encode_typed_data(domain, types, message))
    return good | {"signature": "0x" + bytes(signed.signature).hex()}


def not_json() -> Iterator[Bad]:
    whole = json.dumps(evm.authorization()).encode()
    bodies = {
        "no bytes": b"",
        "a transaction": evm.transaction(),
        "a list": b"[]",
        "null": b"null",
        "a number": b"1",
        "a string": b'"0x"',
        "an empty object": b"{}",
        "two objects": whole + whole,
        "not UTF-8": whole.replace(b"signature", b"signatur\xff"),
        "a payload that is text": b'{"payload": "0x"}',
        "a payload that is empty": b'{"payload": {}}',
        "brackets 5,000 deep": b'{"authorization":' + b"[" * 5000,
        "brackets 5,000 deep in what is not read": b'{"payload": {}, "extensions": ' + b"[" * 5000 + b"]" * 5000 + b"}",
    } | {f"cut after {size} bytes": whole[:size] for size in range(1, len(whole), 40)}
    for name, body in bodies.items():
        yield Bad(f"JSON: {name}", SignedTransfer(CHAIN, EXACT, body), INVALID, "payload is not x402's")
    yield Bad("JSON: 16 KB and one byte", SignedTransfer(CHAIN, EXACT, b" " * 16385), "too_large", "16385 bytes")
