"""Scheme `exact` (x402): a transfer its payers signed, with our account in its id, so that the fee is ours to pay.

We add our signature to what is in the bytes, whatever that is. So what may be in them is a whitelist, read from the
protobuf itself (specs/schemes/exact/scheme_exact_hedera.md and what it leaves open):

  the list      1 to 50 copies that differ in their node only, each signed by the same keys, none of them ours
  the body      a CryptoTransfer and nothing beside it: no schedule, batch, record wish, unknown field at any depth
  the id        our account, and a window of at most 180 s
  the fee       at most `max_fee_tinybars`
  the transfer  one asset we take, by account number; see rules.py
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from itertools import pairwise

from relay import hapi_pb2 as pb
from relay.chain import Leg, SignedTransfer, Transfer
from relay.chains.hedera import names
from relay.chains.hedera.cosign import FeePayer
from relay.chains.hedera.ed25519 import strict
from relay.chains.hedera.envelope import close_envelope, open_envelope
from relay.chains.hedera.legs import MAX_MEMO_BYTES
from relay.chains.hedera.reasons import Reason, invalid, meaning
from relay.chains.hedera.rules import check_transfer
from relay.chains.hedera.signatures import check_signatures
from relay.chains.hedera.transfer import MAX_SIGNATURES, open_signed, unsupported, without_node
from relay.errors import InvalidTransfer, TooLarge
from relay.money import Account, Asset, TxId

MAX_BYTES = 32 * 1024  # copies for 50 nodes with two signatures each fit
REMEMBERED = 500  # read a moment ago: what is verified is settled next

Opened = tuple[pb.SignedTransaction, pb.TransactionBody]


@dataclass(frozen=True, slots=True)
class Copy:
    """One of the transactions in the list, as its payers signed it."""

    node: Account
    signed: bytes  # a SignedTransaction
    body: bytes
    pairs: tuple[pb.SignaturePair, ...]


@dataclass(frozen=True, slots=True)
class Partial:
    """What was read. Every signature that brings its whole public key was checked, in every copy."""

    id: TxId
    raw: bytes  # as it is stored
    asset: Asset
    legs: tuple[Leg, ...]
    fee: int  # tinybars, at most
    memo: str | None
    window: tuple[datetime, datetime]
    copies: tuple[Copy, ...]

    @property
    def debits(self) -> Mapping[Account, int]:
        """Who gives how much, the most first."""
        found = {leg.account: -leg.amount for leg in self.legs if leg.amount < 0}
        return dict(sorted(found.items(), key=lambda each: -each[1]))

    @property
    def credits(self) -> Mapping[Account, int]:
        return {leg.account: leg.amount for leg in self.legs if leg.amount > 0}

    @property
    def payer(self) -> Account:
        """Whose money it is, or most of it; never the account that pays the fee."""
        return next(iter(self.debits))


class Exact:
    """The rules as configured, for one network."""

    def __init__(self, fee_payer: FeePayer, max_fee: int, decimals: Mapping[Asset, int]) -> None:
        self.fee_payer = fee_payer
        self._max_fee = max_fee
        self._decimals = decimals
        self._readings: OrderedDict[bytes, Partial] = OrderedDict()

    def decode(self, signed: SignedTransfer) -> Transfer:
        """Read and check; pure. `InvalidTransfer` or `TooLarge`, with x402's reason."""
        found = self.read(signed.raw)
        stored = SignedTransfer(signed.chain, signed.scheme, found.raw)
        return Transfer(found.id, stored, found.payer, found.legs, found.memo, *found.window)

    def read(self, raw: bytes) -> Partial:
        """The same, with what sending it needs to know."""
        found = self._readings.get(raw)
        if found is None:
            found = self._read(raw)
            self._readings[found.raw] = self._readings[raw] = found
            while len(self._readings) > REMEMBERED:
                self._readings.popitem(last=False)
        return found

    def _read(self, raw: bytes) -> Partial:
        with meaning(Reason.UNDECODABLE):
            if len(raw) > MAX_BYTES:
                raise TooLarge(f"{len(raw)} bytes; scheme exact takes at most {MAX_BYTES}")
            copies = open_envelope(raw)
            opened = [self._open(copy) for copy in copies]
        with meaning(Reason.SHAPE):
            body = opened[0][1]
            self._check_head(body)
            asset, legs = check_transfer(body.cryptoTransfer, self.fee_payer.account, self._decimals)
            payer = names.account_of(body.transactionID.accountID, "the fee payer")
            signed = tuple(
                Copy(
                    names.account_of(other.nodeAccountID, "the node"), copy, each.bodyBytes, tuple(each.sigMap.sigPair)
                )
                for copy, (each, other) in zip(copies, opened, strict=True)
            )
            found = Partial(
                names.tx_id_of(body.transactionID, payer),
                close_envelope(copies),
                asset,
                legs,
                body.transactionFee,
                body.memo or None,
                names.window(body),
                signed,
            )
            _check_equal([other for _, other in opened], signed)
        with meaning(Reason.SIGNATURE):
            self._check_pairs(signed)
            for each, _ in opened:
                check_signatures(each.bodyBytes, each.sigMap, strict)  # last: it costs ten times the rest
        return found

    def _open(self, copy: bytes) -> Opened:
        try:
            return open_signed(copy)
        except InvalidTransfer as error:
            if error.code == "unsupported_transaction":
                error.x402 = Reason.OTHER_OPERATIONS
            if error.code == "invalid_signature":
                error.x402 = Reason.SIGNATURE
            raise

    def _check_head(self, body: pb.TransactionBody) -> None:
        id, kind = body.transactionID, body.WhichOneof("data")
        if kind is None:
            raise invalid(Reason.SHAPE, "the transaction does nothing: its body has no data")
        if kind != "cryptoTransfer":
            with meaning(Reason.OTHER_OPERATIONS):
                raise unsupported(pb.TransactionBody.DESCRIPTOR.fields_by_name[kind].number)
        ours = self.fee_payer.account
        payer = names.account_of(id.accountID, "the fee payer")
        if payer != ours:
            raise invalid(Reason.FEE_PAYER, f"transaction id: expected the fee payer {ours}, got {payer}")
        if id.scheduled or id.nonce or body.HasField("batch_key") or body.generateRecord:
            raise invalid(
                Reason.OTHER_OPERATIONS,
                "scheduled and batched transactions, ids with a nonce and wishes for a record are not paid for",
                "unsupported_transaction",
            )
        if len(body.memo.encode()) > MAX_MEMO_BYTES or "\0" in body.memo:
            raise invalid(Reason.SHAPE, f"the memo has more than {MAX_MEMO_BYTES} bytes of UTF-8, or a zero byte in it")
        if not body.transactionFee:
            raise invalid(Reason.SHAPE, "transaction fee: zero; the network takes no transaction for nothing")
        if body.transactionFee > self._max_fee:
            raise invalid(
                Reason.MAX_FEE,
                f"transaction fee: up to {body.transactionFee} tinybars are signed for; we pay at most {self._max_fee}",
            )

    def _check_pairs(self, copies: tuple[Copy, ...]) -> None:
        """Who signed is the same in every copy, and no signature could be taken for another key's, or for ours."""
        if sum(len(copy.pairs) for copy in copies) > MAX_SIGNATURES:
            raise _unsigned(f"the list carries more than {MAX_SIGNATURES} signatures")
        prefixes = [sorted(pair.pubKeyPrefix for pair in copy.pairs) for copy in copies]
        if any(other != prefixes[0] for other in prefixes):
            raise _unsigned("the copies are not signed by the same keys")
        every = sorted([*prefixes[0], self.fee_payer.prefix])
        if any(later.startswith(earlier) for earlier, later in pairwise(every)):
            raise _unsigned("the prefixes of public keys leave open whose signature is whose; write them out")


def _check_equal(bodies: list[pb.TransactionBody], copies: tuple[Copy, ...]) -> None:
    common = without_node(bodies[0])
    if any(without_node(other) != common for other in bodies[1:]):
        raise invalid(Reason.SHAPE, "the copies in the list differ in more than their node account")
    if len({copy.node for copy in copies}) < len(copies):
        raise invalid(Reason.SHAPE, "two copies in the list are for the same node")


def _unsigned(message: str) -> InvalidTransfer:
    return invalid(Reason.SIGNATURE, message, "invalid_signature")
