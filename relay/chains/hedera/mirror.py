"""The mirror node's REST: what happened to a transaction, how far the mirror has come, and who the nodes are.

A mirror never forgets, so it decides what nodes no longer know; but it lags behind, so "not found" proves something
only together with how far it has come. Paths and fields: hiero-mirror-node, rest/api/v1/openapi.yml.
"""

from __future__ import annotations

import base64
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import NamedTuple, TypeVar

import aiohttp
import msgspec
from google.protobuf.message import DecodeError

from relay import hapi_pb2 as pb
from relay.chain import Leg, Receipt
from relay.chains.hedera import names
from relay.chains.hedera.channel import Endpoint
from relay.errors import InvalidTransfer, Unreachable
from relay.money import Account, TxId

T = TypeVar("T", bound=msgspec.Struct)

MIRROR_SECONDS = 5.0  # for one request; public mirrors answer within one
MAX_PAGES, MAX_BYTES = 10, 2**20  # of the address book: mainnet fits in two pages of 25
_TLS_PORT = 50212  # HAPI's conventions: 50211 plaintext, 50212 TLS


class _Amount(msgspec.Struct, frozen=True):
    account: str | None
    amount: int
    token_id: str = names.HBAR


class Recorded(msgspec.Struct, frozen=True):
    """A transaction as the mirror shows it."""

    result: str
    transaction_id: str = ""
    consensus_timestamp: str = ""
    valid_duration_seconds: str | None = None
    charged_tx_fee: int = 0
    nonce: int = 0  # above 0: caused by the transaction with the same id
    scheduled: bool = False
    transaction_hash: str = ""  # base64 of SHA-384 over the SignedTransaction
    memo_base64: str = ""
    transfers: list[_Amount] = []
    token_transfers: list[_Amount] = []
    staking_reward_transfers: list[_Amount] = []  # contained in `transfers`

    @property
    def key(self) -> tuple[str, int, bool, str]:
        """Tells records apart."""
        return self.transaction_id, self.nonce, self.scheduled, self.consensus_timestamp

    def changes(self) -> list[_Amount]:
        """Who got or gave what, in coin and tokens."""
        return [*self.transfers, *self.token_transfers]

    def valid_seconds(self) -> int:
        """How long after its valid start it could be recorded."""
        text = self.valid_duration_seconds or ""
        seconds = int(text) if text.isascii() and text.isdigit() and len(text) < 7 else 0
        return seconds if 0 < seconds <= names.MAX_VALID_SECONDS else names.MAX_VALID_SECONDS


class Ours(NamedTuple):
    """How to tell our transfer from another one the payer signed with the same id."""

    hashes: frozenset[str]  # of its copies, as the mirror writes them
    memo: str
    legs: tuple[Leg, ...]

    def judge(self, recorded: Recorded) -> Receipt:
        """An id that another transfer used up is `DUPLICATE_TRANSACTION` for ours: it can never be recorded."""
        receipt = receipt_named(recorded.result)
        return receipt_named("DUPLICATE_TRANSACTION") if receipt.ok and not _is(recorded, self) else receipt


Judge = Callable[[Recorded], Receipt]


class _Transactions(msgspec.Struct, frozen=True):
    transactions: list[Recorded]


class ShownKey(msgspec.Struct, frozen=True):
    kind: str = msgspec.field(name="_type")
    key: str

    def read(self) -> pb.Key:
        """The key itself; raises `Unreachable` for what is none."""
        try:
            raw = bytes.fromhex(self.key)
            match self.kind:
                case "ED25519":
                    return pb.Key(ed25519=raw)
                case "ECDSA_SECP256K1":
                    return pb.Key(ECDSA_secp256k1=raw)
                case _:
                    return pb.Key.FromString(raw)  # a list, a threshold
        except (ValueError, DecodeError):
            raise Unreachable("the mirror node shows a key that is none") from None


class _AccountKey(msgspec.Struct, frozen=True):
    key: ShownKey | None = None


class _Span(msgspec.Struct, frozen=True):
    to: str | None = None


class _Block(msgspec.Struct, frozen=True):
    timestamp: _Span


class _Blocks(msgspec.Struct, frozen=True):
    blocks: list[_Block]


class _ServiceEndpoint(msgspec.Struct, frozen=True):
    port: int
    ip_address_v4: str = ""
    domain_name: str | None = None


class _NetworkNode(msgspec.Struct, frozen=True):
    node_account_id: str
    service_endpoints: list[_ServiceEndpoint] = []
    node_cert_hash: str | None = None


class _Links(msgspec.Struct, frozen=True):
    next: str | None = None


class _NetworkNodes(msgspec.Struct, frozen=True):
    nodes: list[_NetworkNode]
    links: _Links = _Links()


class Mirror:
    """A mirror node at `url`. Every method raises `Unreachable` when it gives no answer we can use."""

    def __init__(self, url: str, http: aiohttp.ClientSession) -> None:
        self.url = url.rstrip("/")
        self._http = http

    async def receipt(self, id: TxId, judge: Judge) -> Receipt | None:
        """What the ledger recorded for the transfer; None when the mirror has nothing of the id, as yet.

        `judge` is shown the one record that decides.
        """
        raw = await self._get(f"/api/v1/transactions/{names.mirror_form(id)}")
        if raw is None:
            return None
        # the transfer itself, not what it caused (nonce) or a schedule's execution, nor a second copy of it
        for each in _read(raw, _Transactions).transactions:
            if each.nonce or each.scheduled or each.result in _OTHERS_FATE:
                continue
            return judge(each)
        return None

    async def all_of(self, id: pb.TransactionID) -> list[Recorded]:
        """Everything recorded under an id."""
        text = names.tx_id_of(id, names.account_of(id.accountID, "the payer"))
        raw = await self._get(f"/api/v1/transactions/{names.mirror_form(text)}")
        return [] if raw is None else _read(raw, _Transactions).transactions

    async def recorded(self, account: Account, after: str, upto: str, limit: int) -> list[Recorded]:
        """What was recorded of an account past one consensus time up to another, oldest first, at most `limit`."""
        span = f"timestamp=gt:{after}&timestamp=lte:{upto}"
        raw = await self._get(f"/api/v1/transactions?account.id={account}&{span}&order=asc&limit={limit}")
        return _read(raw or b"{}", _Transactions).transactions

    async def key(self, account: Account) -> pb.Key:
        """The key of an account; an empty one where it has none."""
        found = await self.read(f"/api/v1/accounts/{account}?transactions=false", _AccountKey)
        return pb.Key() if found is None or found.key is None else found.key.read()

    async def read(self, path: str, kind: type[T]) -> T | None:
        """What a path shows; None where there is nothing."""
        raw = await self._get(path)
        return None if raw is None else _read(raw, kind)

    async def reached_stamp(self) -> str:
        """The consensus time up to which the mirror has everything, as the mirror writes it."""
        raw = await self._get("/api/v1/blocks?limit=1&order=desc")
        blocks = _read(raw or b"{}", _Blocks).blocks
        if not blocks or blocks[0].timestamp.to is None:
            raise Unreachable(f"the mirror node {self.url} has no blocks")
        return blocks[0].timestamp.to

    async def reached(self) -> datetime:
        """The same as a time."""
        seconds, _, nanos = (await self.reached_stamp()).partition(".")
        try:
            return names.instant(int(seconds), int(nanos.ljust(9, "0")[:9] or 0))
        except (ValueError, InvalidTransfer):
            raise Unreachable(f"the mirror node {self.url} gives a time that is none") from None

    async def book(self, *, tls: bool) -> Mapping[Account, tuple[Endpoint, ...]]:
        """The address book. With `tls`, nodes whose certificate hash is known are called by TLS."""
        found: dict[Account, tuple[Endpoint, ...]] = {}
        path: str | None = "/api/v1/network/nodes?limit=25"
        for _ in range(MAX_PAGES):
            if path is None or not path.startswith("/api/v1/network/nodes"):
                break
            page = _read(await self._get(path) or b"{}", _NetworkNodes)
            for node in page.nodes:
                endpoints = _endpoints(node, tls=tls)
                if endpoints:
                    found[Account(node.node_account_id)] = endpoints
            path = page.links.next
        if not found:
            raise Unreachable(f"the mirror node {self.url} lists no nodes")
        return found

    async def _get(self, path: str) -> bytes | None:
        """The body of an answer; None for 404."""
        try:
            async with self._http.get(self.url + path, allow_redirects=False) as response:
                if response.status == 404:
                    return None
                if response.status != 200:
                    raise Unreachable(f"the mirror node {self.url} answered {response.status}")
                body = bytearray()
                async for piece in response.content.iter_any():
                    body += piece
                    if len(body) > MAX_BYTES:
                        raise Unreachable(f"the mirror node {self.url} answered more than {MAX_BYTES} bytes")
                return bytes(body)
        except (aiohttp.ClientError, TimeoutError) as error:
            raise Unreachable(f"the mirror node {self.url} does not answer: {type(error).__name__}") from None


def receipt_named(name: str) -> Receipt:
    """A receipt from a result's name; -1 is the code of a name newer than we are."""
    try:
        code = int(pb.ResponseCodeEnum.Value(name))
    except ValueError:
        code = -1
    return Receipt(ok=code == pb.SUCCESS, code=code, name=name)


def _is(recorded: Recorded, ours: Ours) -> bool:
    """Whether what was recorded is our transfer: these very bytes, or the same ask signed in another envelope.

    The payee of HBAR may get more than asked in the same record: his staking reward, or the fee, if he is a node.
    """
    if recorded.transaction_hash in ours.hashes:
        return True
    if recorded.memo_base64 != base64.b64encode(ours.memo.encode()).decode():
        return False
    got: dict[tuple[str | None, str], int] = {}
    for each in recorded.changes():
        got[each.account, each.token_id] = got.get((each.account, each.token_id), 0) + each.amount
    return all(got.get((leg.account, leg.asset), 0) >= leg.amount for leg in ours.legs if leg.amount > 0)


# results of a copy that was not the one to count: the same id is recorded again, with what came of it
_OTHERS_FATE = frozenset({"DUPLICATE_TRANSACTION", "INVALID_NODE_ACCOUNT"})


def _read(raw: bytes, kind: type[T]) -> T:
    try:
        return msgspec.json.decode(raw, type=kind)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
        raise Unreachable(f"what the mirror node answered cannot be read: {error}") from None


def _endpoints(node: _NetworkNode, *, tls: bool) -> tuple[Endpoint, ...]:
    hash_hex = (node.node_cert_hash or "").removeprefix("0x")
    try:
        cert_hash = bytes.fromhex(hash_hex) if tls else b""
    except ValueError:
        cert_hash = b""
    secure = len(cert_hash) == 48  # SHA-384
    found = []
    for each in node.service_endpoints:
        host = each.domain_name or each.ip_address_v4
        if host and (each.port == _TLS_PORT) == secure:
            found.append(Endpoint(f"{host}:{each.port}", secure, cert_hash if secure else None))
    if not found and secure:  # a hash, but no TLS port published
        return _endpoints(msgspec.structs.replace(node, node_cert_hash=None), tls=False)
    return tuple(found)
