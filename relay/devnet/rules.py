"""When a transaction is taken (precheck) and when it happens (consensus): every rule of this node, in order.

Read off hiero-consensus-node: [T] workflows/TransactionChecker, [I] workflows/ingest/IngestChecker, [S] workflows/
SolvencyPreCheck, [D] workflows/handle/dispatch/DispatchValidator, [V] token/impl/validators/CryptoTransferValidator,
[H] token/impl/handlers: CryptoTransferHandler and its steps, CryptoCreateHandler, TokenAssociateToAccountHandler.

  PRECHECK: nothing is charged, nothing recorded                                                    where
  TRANSACTION_OVERSIZE                       over 6144 bytes                                        T  envelope.py
  INVALID_TRANSACTION                        not a Transaction; a retired envelope or a mixture     T  envelope.py
  TRANSACTION_HAS_UNKNOWN_FIELDS             anything protos/hapi.proto does not name, at any depth T  envelope.py
  INVALID_SERIALIZED_TX_MESSAGE_HASH_ALGORITHM   that flag is set                                   T  envelope.py
  INVALID_TRANSACTION_BODY                   no envelope, signature map, body, or kind              T  envelope.py
  INVALID_TRANSACTION_ID                     no transaction id                                      T  envelope.py
  PAYER_ACCOUNT_NOT_FOUND                    payer missing, aliased, of another shard or realm      T  envelope.py
  KEY_PREFIX_MISMATCH                        two signature pairs could match one key                T  envelope.py
  TRANSACTION_ID_FIELD_NOT_ALLOWED           scheduled or nonce in the id                           T  envelope.py
  INVALID_TRANSACTION_START                  no valid start; later also: it is in the future        T  envelope.py, here
  MEMO_TOO_LONG, INVALID_ZERO_BYTE_IN_STRING over 100 bytes of UTF-8; a NUL                         T  envelope.py
  INVALID_NODE_ACCOUNT                       signed for another node                                I  here
  INVALID_TRANSACTION_DURATION               not 15 to 180 seconds                                  T  here
  TRANSACTION_EXPIRED                        less than 10 seconds of its window left                T  here
  DUPLICATE_TRANSACTION                      this node took the id, or the network recorded it      I  node.py
  the kind's own "pure" checks: sums, repeated accounts, missing ids                                V  transfer.py, …
  PAYER_ACCOUNT_NOT_FOUND                    no such account                                        S  here
  INVALID_SIGNATURE                          the payer's key did not sign                           I  here
  INSUFFICIENT_TX_FEE                        offers less than the entry fee (`cost` says how much)  S  here
  INSUFFICIENT_PAYER_BALANCE                 cannot pay the entry fee and what it sends itself      S  here

  CONSENSUS: recorded, and charged in brackets
  TRANSACTION_EXPIRED                        its window closed on the way [the node pays entry]     D  here
  DUPLICATE_TRANSACTION                      another node's copy was first [entry]                  D  ledger.py
  INSUFFICIENT_TX_FEE                        offers less than the whole fee [entry]                 S  here
  INSUFFICIENT_PAYER_BALANCE                 cannot pay the whole fee [what there is]               S  here
  the kind's own rules: signatures of all that are debited, balances, associations [whole fee]      H  transfer.py, …
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from relay import hapi_pb2 as pb
from relay.devnet import operations, transfer
from relay.devnet.accounts import NANOS, Account
from relay.devnet.effects import Effects
from relay.devnet.envelope import Broken, Signed
from relay.devnet.fees import Fee, fee_of

MIN_VALID_SECONDS = 15  # hedera.transaction.minValidDuration
MAX_VALID_SECONDS = 180  # hedera.transaction.maxValidDuration; receipts live as long (cache.records.ttl)
ENTRY_BUFFER_SECONDS = 10  # hedera.transaction.minValidityBufferSecs

_PURE: dict[str, Callable[[pb.TransactionBody], None]] = {
    "cryptoTransfer": transfer.check_pure,
    "cryptoCreateAccount": operations.check_create,
    "tokenAssociate": operations.check_associate,
    "contractCall": operations.check_call,
}
_CARRY_OUT: dict[str, Callable[[Signed, Mapping[int, Account]], Effects]] = {
    "cryptoTransfer": transfer.carry_out,
    "cryptoCreateAccount": operations.create,
    "tokenAssociate": operations.associate,
    "contractCall": operations.call,
}


def check_addressee(signed: Signed, node: int) -> None:
    """The node is inside the signature: no other may take the bytes."""
    if signed.body.nodeAccountID != pb.AccountID(accountNum=node):
        raise Broken(pb.INVALID_NODE_ACCOUNT)


def check_window(signed: Signed, now_ns: int, *, buffer_seconds: int = 0) -> None:
    """The window is [valid start, valid start + duration]; at precheck the node wants some of it left for consensus."""
    seconds = signed.body.transactionValidDuration.seconds
    if not MIN_VALID_SECONDS <= seconds <= MAX_VALID_SECONDS:
        raise Broken(pb.INVALID_TRANSACTION_DURATION)
    if signed.valid_start_ns + (seconds - buffer_seconds) * NANOS < now_ns:
        raise Broken(pb.TRANSACTION_EXPIRED)
    if signed.valid_start_ns > now_ns:
        raise Broken(pb.INVALID_TRANSACTION_START)


def check_pure(signed: Signed) -> None:
    """What the body says of itself, whatever the balances are."""
    _PURE[_kind(signed)](signed.body)


def check_payer(signed: Signed, accounts: Mapping[int, Account]) -> None:
    """The payer exists, signed, offers the entry fee and could pay it with what they send."""
    payer = accounts.get(signed.payer)
    if payer is None:
        raise Broken(pb.PAYER_ACCOUNT_NOT_FOUND)
    if not signed.by(payer.key):
        raise Broken(pb.INVALID_SIGNATURE)
    entry = fee_of(signed.body).entry
    if signed.body.transactionFee < entry:
        raise Broken(pb.INSUFFICIENT_TX_FEE, entry)
    if payer.tinybars < entry + max(0, _own_debit(signed)):
        raise Broken(pb.INSUFFICIENT_PAYER_BALANCE, entry)


def check_whole_fee(signed: Signed, payer: Account) -> Fee:
    """At consensus: the offer and the purse must do for all of the fee."""
    fee = fee_of(signed.body)
    if signed.body.transactionFee < fee.total:
        raise Broken(pb.INSUFFICIENT_TX_FEE, fee.entry)
    if payer.tinybars < fee.total:
        raise Broken(pb.INSUFFICIENT_PAYER_BALANCE, fee.entry)
    return fee


def carry_out(signed: Signed, accounts: Mapping[int, Account]) -> Effects:
    """What the transaction changes, the fee being paid already; raises `Broken` when it may not happen."""
    return _CARRY_OUT[_kind(signed)](signed, accounts)


def _own_debit(signed: Signed) -> int:
    """What the payer itself sends besides the fee (SolvencyPreCheck.estimateAdditionalCosts)."""
    match signed.body.WhichOneof("data"):
        case "cryptoTransfer":
            payer = signed.body.transactionID.accountID
            legs = signed.body.cryptoTransfer.transfers.accountAmounts
            return -sum(leg.amount for leg in legs if leg.accountID == payer)
        case "cryptoCreateAccount":
            return signed.body.cryptoCreateAccount.initialBalance
        case "contractCall":
            return signed.body.contractCall.amount
        case _:
            return 0


def _kind(signed: Signed) -> str:
    return signed.body.WhichOneof("data") or ""
