"""The other kinds of transaction this node takes: new accounts, token associations, and contract calls (all in vain).

PRECHECK (pureChecks of CryptoCreateHandler and TokenAssociateToAccountHandler)
createAccount    KEY_REQUIRED, INVALID_INITIAL_BALANCE, INVALID_RENEWAL_PERIOD (none given)
associateTokens  INVALID_ACCOUNT_ID (none given), TOKEN_ID_REPEATED_IN_TOKEN_LIST

CONSENSUS
createAccount    MEMO_TOO_LONG, BAD_ENCODING (a key that is none), ALIAS_ALREADY_ASSIGNED,
                 INVALID_SIGNATURE (the new key, where receiverSigRequired), INSUFFICIENT_PAYER_BALANCE
associateTokens  INVALID_ACCOUNT_ID, INVALID_SIGNATURE, INVALID_TOKEN_ID, TOKEN_ALREADY_ASSOCIATED_TO_ACCOUNT
contractCall     INVALID_CONTRACT_ID: there are no contracts here
"""

from __future__ import annotations

from collections.abc import Mapping

from relay import hapi_pb2 as pb
from relay.devnet.accounts import Account
from relay.devnet.effects import Effects, find
from relay.devnet.envelope import Broken, Signed, check_memo
from relay.devnet.genesis import DUSD, FIRST_NEW_ACCOUNT

_MAX_TINYBARS = 2**63 - 1


def check_create(body: pb.TransactionBody) -> None:
    """At precheck; raises `Broken`."""
    made = body.cryptoCreateAccount
    if not made.HasField("key"):
        raise Broken(pb.KEY_REQUIRED)
    if made.initialBalance > _MAX_TINYBARS:
        raise Broken(pb.INVALID_INITIAL_BALANCE)
    if not made.HasField("autoRenewPeriod"):
        raise Broken(pb.INVALID_RENEWAL_PERIOD)


def create(signed: Signed, accounts: Mapping[int, Account]) -> Effects:
    """The new account has the next free number; the payer fills it."""
    made = signed.body.cryptoCreateAccount
    check_memo(made.memo)
    if not _usable(made.key):
        raise Broken(pb.BAD_ENCODING)
    if made.alias and any(each.alias == made.alias for each in accounts.values()):
        raise Broken(pb.ALIAS_ALREADY_ASSIGNED)
    if made.receiverSigRequired and not signed.by(made.key.SerializeToString()):
        raise Broken(pb.INVALID_SIGNATURE)
    if accounts[signed.payer].tinybars < made.initialBalance:
        raise Broken(pb.INSUFFICIENT_PAYER_BALANCE)
    number = max(FIRST_NEW_ACCOUNT, max(accounts) + 1)
    account = Account(
        number,
        made.key.SerializeToString(),
        memo=made.memo,
        alias=made.alias,
        automatic_associations=made.max_automatic_token_associations,
        receiver_signs=made.receiverSigRequired,
    )
    paid = [(signed.payer, -made.initialBalance), (number, made.initialBalance)] if made.initialBalance else []
    return Effects(hbar=paid, created=account)


def _usable(key: pb.Key) -> bool:
    match key.WhichOneof("key"):
        case "ed25519":
            return len(key.ed25519) == 32
        case "ECDSA_secp256k1":
            return len(key.ECDSA_secp256k1) == 33
        case "keyList":
            return len(key.keyList.keys) > 0 and all(map(_usable, key.keyList.keys))
        case "thresholdKey":
            keys = key.thresholdKey.keys.keys
            return 0 < key.thresholdKey.threshold <= len(keys) and all(map(_usable, keys))
        case _:
            return False


def check_associate(body: pb.TransactionBody) -> None:
    """At precheck; raises `Broken`."""
    asked = body.tokenAssociate
    if not asked.HasField("account"):
        raise Broken(pb.INVALID_ACCOUNT_ID)
    if len({each.SerializeToString() for each in asked.tokens}) < len(asked.tokens):
        raise Broken(pb.TOKEN_ID_REPEATED_IN_TOKEN_LIST)


def associate(signed: Signed, accounts: Mapping[int, Account]) -> Effects:
    """The account itself must sign, whoever pays."""
    asked = signed.body.tokenAssociate
    account = find(accounts, asked.account)
    if account is None:
        raise Broken(pb.INVALID_ACCOUNT_ID)
    if not signed.by(account.key):
        raise Broken(pb.INVALID_SIGNATURE)
    if any(each != pb.TokenID(tokenNum=DUSD) for each in asked.tokens):
        raise Broken(pb.INVALID_TOKEN_ID)
    if any(each.tokenNum in account.tokens for each in asked.tokens):
        raise Broken(pb.TOKEN_ALREADY_ASSOCIATED_TO_ACCOUNT)
    return Effects(associations=[(account.number, each.tokenNum) for each in asked.tokens])


def check_call(body: pb.TransactionBody) -> None:
    """Gas and value are looked at only where there is a contract to call."""


def call(signed: Signed, accounts: Mapping[int, Account]) -> Effects:
    """Never done."""
    raise Broken(pb.INVALID_CONTRACT_ID)
