"""Scheme `signed`: a raw transaction that the payer signed whole, and that is sent on unchanged.

Three envelopes are read: legacy with a chain id (EIP-155), 0x01 (EIP-2930) and 0x02 (EIP-1559). It moves the native
coin to an account, with no calldata, or calls `transfer`/`transferFrom` of a token on the allow-list.

A transaction has no end: it may be mined for as long as its nonce is free. So its window is all time there is, and only
another transaction with the same nonce proves that it never will be.
"""

from __future__ import annotations

from functools import lru_cache
from typing import NamedTuple

from eth_hash.auto import keccak

from relay.chain import Leg, SignedTransfer, Transfer
from relay.chains.eip155 import rlp
from relay.chains.eip155.address import ZERO, checksummed
from relay.chains.eip155.calldata import read_call
from relay.chains.eip155.rlp import Item, number, string
from relay.chains.eip155.signature import invalid, signer
from relay.chains.eip155.spec import Spec
from relay.chains.eip155.tokens import NATIVE
from relay.chains.eip155.window import EPOCH, FOREVER
from relay.errors import InvalidTransfer, TooLarge
from relay.money import Asset, TxId

MAX_BYTES = 8 * 1024  # a token transfer has some 180; the rest is room for an access list
MAX_ACCESS_KEYS = 100  # of addresses and storage keys together; a transfer touches three
MIN_GAS = 21_000  # what any transaction costs (Yellow Paper, G_transaction)
MAX_GAS = 1 << 24  # EIP-7825, the most one transaction may have
MAX_FEE = 10**15  # wei per gas, a million gwei: at that price the plainest transfer costs 21 coins
REMEMBERED = 1024  # readings: a transaction is read on its way in, on its way out and at every look
MAX_NONCE = (1 << 64) - 2  # EIP-2681

_KINDS = {3: "a blob transaction (EIP-4844)", 4: "a change of the account's code (EIP-7702)"}


class Transaction(NamedTuple):
    """The fields that sending and following need. `max_fee` and `tip` are both the gas price before EIP-1559."""

    hash: str
    sender: bytes
    nonce: int
    gas: int
    max_fee: int
    tip: int
    to: bytes
    value: int
    data: bytes


class _Fields(NamedTuple):
    chain: int
    nonce: int
    tip: int
    max_fee: int
    gas: int
    to: bytes
    value: int
    data: bytes
    parity: int
    r: int
    s: int
    digest: bytes  # what was signed


def decode(signed: SignedTransfer, spec: Spec) -> Transfer:
    """Read and check a transaction; pure. Raises `InvalidTransfer` or `TooLarge`."""
    transaction = read(signed.raw, spec)
    asset, payee, amount = _moved(transaction, spec)
    payer, to = checksummed(transaction.sender), checksummed(payee)
    if payer == to:
        raise InvalidTransfer(f"{payer} pays itself")
    legs = Leg(payer, asset, -amount), Leg(to, asset, amount)
    return Transfer(TxId(transaction.hash), signed, payer, legs, None, EPOCH, FOREVER)


@lru_cache(maxsize=REMEMBERED)
def read(raw: bytes, spec: Spec) -> Transaction:
    """The transaction in `raw`, whatever it calls, with its sender recovered."""
    if len(raw) > MAX_BYTES:
        raise TooLarge(f"{len(raw)} bytes; a transfer with its access list has at most {MAX_BYTES}")
    if not raw:
        raise InvalidTransfer("the transaction is empty")
    fields = _legacy(raw) if raw[0] >= 0xC0 else _typed(raw)  # a list begins at 0xc0 (RLP), a type is below 0x80
    if fields.chain != spec.number:
        raise InvalidTransfer(
            f"network: expected {spec.id}, got a signature for chain {fields.chain}", code="unsupported_network"
        )
    _check_prices(fields)
    if not fields.to:
        raise _unsupported("it creates a contract; only transfers are relayed")
    if len(fields.to) != len(ZERO):
        raise InvalidTransfer(f"to: an address has 20 bytes, got {len(fields.to)}")
    if fields.to == ZERO:
        raise InvalidTransfer("to: the zero address, where money is lost")
    sender = signer(fields.digest, fields.r, fields.s, fields.parity)
    hash = "0x" + keccak(raw).hex()
    return Transaction(
        hash, sender, fields.nonce, fields.gas, fields.max_fee, fields.tip, fields.to, fields.value, fields.data
    )


def _moved(transaction: Transaction, spec: Spec) -> tuple[Asset, bytes, int]:
    token = spec.tokens.get(transaction.to)
    if token is None:
        if transaction.data:
            known = ", ".join(f"{each.symbol} {each.asset}" for each in spec.tokens.values()) or "no token"
            raise InvalidTransfer(
                f"asset: {checksummed(transaction.to)} is not a token taken on {spec.id}; it takes {known},"
                " and the native coin without calldata",
                code="wrong_asset",
            )
        if not transaction.value:
            raise InvalidTransfer("value: zero; the transaction pays nobody")
        if transaction.value % spec.network.coin_step:
            raise InvalidTransfer(
                f"value: {transaction.value} is no multiple of {spec.network.coin_step}, the least moved"
            )
        return NATIVE, transaction.to, transaction.value
    if not transaction.data:
        raise InvalidTransfer(f"to: {token.asset} is the contract of {token.symbol}; coins sent to it are lost")
    if transaction.value:
        raise InvalidTransfer(f"value: {transaction.value}; a transfer of {token.symbol} takes no coins along")
    moved = read_call(transaction.data)
    if moved.payer is not None and moved.payer != transaction.sender:
        raise _unsupported(
            f"transferFrom takes from {checksummed(moved.payer)} what {checksummed(transaction.sender)} was allowed to;"
            " a payment is signed by the one who pays"
        )
    if moved.payee in spec.tokens:
        raise InvalidTransfer(f"calldata: `to` is a token, {checksummed(moved.payee)}, where it is lost")
    if not moved.amount:
        raise InvalidTransfer("calldata: the value is zero; the transfer pays nobody")
    return token.asset, moved.payee, moved.amount


def _legacy(raw: bytes) -> _Fields:
    items = rlp.read_list(raw)
    if len(items) != 9:
        raise InvalidTransfer(f"a legacy transaction has 9 fields, got {len(items)}")
    v = number(items[6], 256, "v")
    if v in (27, 28):
        raise _unsupported("it is signed without a chain id (before EIP-155) and could be repeated on every chain")
    if v < 35:
        raise invalid(f"v: {v} is none of a signature with a chain id, which is 35 or more (EIP-155)")
    chain, price = (v - 35) // 2, number(items[1], 256, "gasPrice")
    body = raw[_body_start(raw, 0) : items[5].end] + rlp.encode_number(chain) + b"\x80\x80"
    return _Fields(
        chain=chain,
        nonce=number(items[0], 64, "nonce"),
        tip=price,
        max_fee=price,
        gas=number(items[2], 64, "gas"),
        to=string(items[3], "to"),
        value=number(items[4], 256, "value"),
        data=string(items[5], "data"),
        parity=(v - 35) % 2,
        r=number(items[7], 256, "r"),
        s=number(items[8], 256, "s"),
        digest=keccak(rlp.list_header(len(body)) + body),
    )


def _typed(raw: bytes) -> _Fields:
    kind = raw[0]
    if kind not in (1, 2):
        name = _KINDS.get(kind, f"of type 0x{kind:02x}")
        raise _unsupported(f"it is {name}; legacy, 0x01 and 0x02 transactions are relayed")
    items = rlp.read_list(raw, 1)
    count = 10 + kind
    if len(items) != count:
        raise InvalidTransfer(f"a transaction of type 0x{kind:02x} has {count} fields, got {len(items)}")
    chain, nonce, tip = (number(items[n], 256, name) for n, name in enumerate(("chainId", "nonce", "gas price")))
    max_fee = number(items[3], 256, "maxFeePerGas") if kind == 2 else tip
    gas, to, value, data, access, parity, r, s = items[1 + kind + 1 :]
    _check_access(access)
    body = raw[_body_start(raw, 1) : access.end]
    return _Fields(
        chain=chain,
        nonce=nonce,
        tip=tip,
        max_fee=max_fee,
        gas=number(gas, 64, "gas"),
        to=string(to, "to"),
        value=number(value, 256, "value"),
        data=string(data, "data"),
        parity=number(parity, 256, "yParity"),
        r=number(r, 256, "r"),
        s=number(s, 256, "s"),
        digest=keccak(raw[:1] + rlp.list_header(len(body)) + body),
    )


def _body_start(raw: bytes, at: int) -> int:
    """Where the members of the list at `at` begin; the list was read before."""
    return at + 1 + max(0, raw[at] - 0xF7)


def _check_access(item: Item) -> None:
    keys = 0
    for entry in rlp.members(item, "accessList"):
        pair = rlp.members(entry, "an entry of the access list")
        if len(pair) != 2 or len(string(pair[0], "its address")) != 20:
            raise InvalidTransfer("accessList: an entry is an address and its storage keys")
        slots = rlp.members(pair[1], "its storage keys")
        if any(len(string(slot, "a storage key")) != 32 for slot in slots):
            raise InvalidTransfer("accessList: a storage key has 32 bytes")
        keys += 1 + len(slots)
    if keys > MAX_ACCESS_KEYS:
        raise InvalidTransfer(f"accessList: {keys} addresses and keys; a transfer needs no more than {MAX_ACCESS_KEYS}")


def _check_prices(fields: _Fields) -> None:
    if fields.nonce > MAX_NONCE:
        raise InvalidTransfer(f"nonce: {fields.nonce}; no account comes that far (EIP-2681)")
    if not MIN_GAS <= fields.gas <= MAX_GAS:
        raise InvalidTransfer(f"gas: {fields.gas}; a transaction has from {MIN_GAS} to {MAX_GAS}")
    if fields.tip > fields.max_fee:
        raise InvalidTransfer(f"maxPriorityFeePerGas: {fields.tip} is more than maxFeePerGas, {fields.max_fee}")
    if fields.max_fee > MAX_FEE:
        raise InvalidTransfer(f"the fee is {fields.max_fee} wei per gas, absurdly much: more than {MAX_FEE}")


def _unsupported(message: str) -> InvalidTransfer:
    return InvalidTransfer(f"the transaction is not relayed: {message}", code="unsupported_transaction")
