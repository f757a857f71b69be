"""cryptoTransfer: HBAR and tokens from some accounts to others, all or nothing.

PRECHECK (CryptoTransferValidator.pureChecks)
INVALID_ACCOUNT_AMOUNTS                   HBAR amounts do not sum to zero
INVALID_ACCOUNT_ID                        an HBAR leg without account
ACCOUNT_REPEATED_IN_ACCOUNT_AMOUNTS       an account twice in one list
INVALID_TOKEN_ID                          a list without token
TRANSFERS_NOT_ZERO_SUM_FOR_TOKEN          a token's amounts do not sum to zero
INVALID_TRANSFER_ACCOUNT_ID               a token leg without account
EMPTY_TOKEN_TRANSFER_ACCOUNT_AMOUNTS      a token list with nothing in it
TOKEN_ID_REPEATED_IN_TOKEN_LIST           a token twice

CONSENSUS (preHandle, then CryptoTransferValidator.validateSemantics, then the steps of the handler)
INVALID_ACCOUNT_ID                        no such account
INVALID_SIGNATURE                         a debited account did not sign, nor a receiver that insists on it
TRANSFER_LIST_SIZE_LIMIT_EXCEEDED         more than 10 HBAR legs
TOKEN_TRANSFER_LIST_SIZE_LIMIT_EXCEEDED   more than 10 token legs in all
INVALID_TOKEN_ID                          no such token
UNEXPECTED_TOKEN_DECIMALS                 expected_decimals is not the token's
INVALID_NFT_ID                            any NFT: there are none here
SPENDER_DOES_NOT_HAVE_ALLOWANCE           any approved debit: nobody grants allowances here
NO_REMAINING_AUTOMATIC_ASSOCIATIONS, TOKEN_NOT_ASSOCIATED_TO_ACCOUNT
INSUFFICIENT_ACCOUNT_BALANCE, INSUFFICIENT_TOKEN_BALANCE
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from relay import hapi_pb2 as pb
from relay.devnet.accounts import Account
from relay.devnet.effects import Effects, find
from relay.devnet.envelope import Broken, Signed
from relay.devnet.genesis import DUSD, DUSD_DECIMALS

MAX_HBAR_LEGS = 10  # ledger.transfers.maxLen
MAX_TOKEN_LEGS = 10  # ledger.tokenTransfers.maxLen


def check_pure(body: pb.TransactionBody) -> None:
    """At precheck, whatever accounts and balances there are; raises `Broken`."""
    legs = body.cryptoTransfer.transfers.accountAmounts
    if sum(leg.amount for leg in legs) != 0:
        raise Broken(pb.INVALID_ACCOUNT_AMOUNTS)
    if not all(_plausible(leg.accountID) for leg in legs):
        raise Broken(pb.INVALID_ACCOUNT_ID)
    _check_unrepeated(legs)
    lists = body.cryptoTransfer.tokenTransfers
    for each in lists:
        _check_pure_list(each)
    if len({each.token.SerializeToString() for each in lists}) < len(lists):
        raise Broken(pb.TOKEN_ID_REPEATED_IN_TOKEN_LIST)


def _check_pure_list(tokens: pb.TokenTransferList) -> None:
    if tokens.token == pb.TokenID():
        raise Broken(pb.INVALID_TOKEN_ID)
    if sum(leg.amount for leg in tokens.transfers) != 0:
        raise Broken(pb.TRANSFERS_NOT_ZERO_SUM_FOR_TOKEN)
    if not all(leg.HasField("accountID") for leg in tokens.transfers):
        raise Broken(pb.INVALID_TRANSFER_ACCOUNT_ID)
    _check_unrepeated(tokens.transfers)
    if not tokens.transfers and not tokens.nftTransfers:
        raise Broken(pb.EMPTY_TOKEN_TRANSFER_ACCOUNT_AMOUNTS)


def _check_unrepeated(legs: Iterable[pb.AccountAmount]) -> None:
    ids = [leg.accountID.SerializeToString() for leg in legs]
    if len(set(ids)) < len(ids):
        raise Broken(pb.ACCOUNT_REPEATED_IN_ACCOUNT_AMOUNTS)


def _plausible(id: pb.AccountID) -> bool:
    return id.accountNum > 0 or bool(id.alias)


def carry_out(signed: Signed, accounts: Mapping[int, Account]) -> Effects:
    """At consensus, the fee being paid already; raises `Broken`."""
    transfer = signed.body.cryptoTransfer
    hbar, lists = transfer.transfers.accountAmounts, transfer.tokenTransfers
    token_legs = [leg for each in lists for leg in each.transfers]
    _check_consent(signed, accounts, [*hbar, *token_legs])
    if len(hbar) > MAX_HBAR_LEGS:
        raise Broken(pb.TRANSFER_LIST_SIZE_LIMIT_EXCEEDED)
    if len(token_legs) > MAX_TOKEN_LEGS:
        raise Broken(pb.TOKEN_TRANSFER_LIST_SIZE_LIMIT_EXCEEDED)
    effects = Effects()
    for each in lists:
        _move_token(each, accounts, effects)
    effects.hbar = [(_number(accounts, leg), leg.amount) for leg in hbar]
    if any(accounts[number].tinybars + amount < 0 for number, amount in effects.hbar):
        raise Broken(pb.INSUFFICIENT_ACCOUNT_BALANCE)
    if any(leg.is_approval and leg.amount < 0 for leg in [*hbar, *token_legs]):
        raise Broken(pb.SPENDER_DOES_NOT_HAVE_ALLOWANCE)
    return effects


def _check_consent(signed: Signed, accounts: Mapping[int, Account], legs: Iterable[pb.AccountAmount]) -> None:
    """Who is debited must have signed; so must a receiver whose account says so."""
    for leg in legs:
        account = find(accounts, leg.accountID)
        if account is None:
            raise Broken(pb.INVALID_ACCOUNT_ID)
        must_sign = (leg.amount < 0 and not leg.is_approval) or (leg.amount > 0 and account.receiver_signs)
        if must_sign and not signed.by(account.key):
            raise Broken(pb.INVALID_SIGNATURE)


def _move_token(tokens: pb.TokenTransferList, accounts: Mapping[int, Account], effects: Effects) -> None:
    if tokens.token != pb.TokenID(tokenNum=DUSD):
        raise Broken(pb.INVALID_TOKEN_ID)
    if tokens.nftTransfers:
        raise Broken(pb.INVALID_NFT_ID)
    for leg in tokens.transfers:
        account = accounts[_number(accounts, leg)]
        if DUSD not in account.tokens:
            if account.automatic_associations == 0:
                raise Broken(pb.TOKEN_NOT_ASSOCIATED_TO_ACCOUNT)
            effects.associations.append((account.number, DUSD))
    if tokens.HasField("expected_decimals") and tokens.expected_decimals.value != DUSD_DECIMALS:
        raise Broken(pb.UNEXPECTED_TOKEN_DECIMALS)
    for leg in tokens.transfers:
        account = accounts[_number(accounts, leg)]
        if account.tokens.get(DUSD, 0) + leg.amount < 0:
            raise Broken(pb.INSUFFICIENT_TOKEN_BALANCE)
        effects.tokens.append((DUSD, account.number, leg.amount))


def _number(accounts: Mapping[int, Account], leg: pb.AccountAmount) -> int:
    found = find(accounts, leg.accountID)
    if found is None:
        raise Broken(pb.INVALID_ACCOUNT_ID)
    return found.number
