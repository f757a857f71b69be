"""Who gives and gets what in a transfer, and what of it is not relayed."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from relay import hapi_pb2 as pb
from relay.chain import Leg
from relay.chains.hedera import names
from relay.errors import InvalidTransfer
from relay.money import Account, Asset

MAX_MEMO_BYTES = 100  # UTF-8; hedera.transaction.maxMemoUtf8Bytes
MAX_LEGS = 10  # ledger.transfers.maxLen, and ledger.tokenTransfers.maxLen for all tokens together
NO_DECIMALS: Mapping[Asset, int] = {}


def legs_of(transfer: pb.CryptoTransferTransactionBody, decimals: Mapping[Asset, int]) -> tuple[Leg, ...]:
    """The legs of a transfer, HBAR first; raises `InvalidTransfer`."""
    legs = _legs_in(names.HBAR, transfer.transfers.accountAmounts)
    if len(legs) > MAX_LEGS:
        raise InvalidTransfer(f"{len(legs)} HBAR amounts; the network takes at most {MAX_LEGS}")
    if not transfer.tokenTransfers:
        if not legs:
            raise InvalidTransfer("the transfer pays nobody")
        return tuple(legs)
    of_tokens: list[Leg] = []
    tokens: set[Asset] = set()
    for listed in transfer.tokenTransfers:
        token = names.token_of(listed.token)
        if token in tokens:
            raise InvalidTransfer(f"token {token} is listed twice")
        tokens.add(token)
        if listed.nftTransfers:
            raise InvalidTransfer("NFT transfers are not relayed", code="unsupported_transaction")
        if not listed.transfers:
            raise InvalidTransfer(f"token {token} is listed without amounts")
        if listed.HasField("expected_decimals"):
            expected = listed.expected_decimals.value
            if decimals.get(token, expected) != expected:
                raise InvalidTransfer(f"the payer expects {expected} decimals of {token}, it has {decimals[token]}")
        of_tokens += _legs_in(token, listed.transfers)
    if len(of_tokens) > MAX_LEGS:
        raise InvalidTransfer(f"{len(of_tokens)} token amounts; the network takes at most {MAX_LEGS}")
    return (*legs, *of_tokens)


def _legs_in(asset: Asset, amounts: Iterable[pb.AccountAmount]) -> list[Leg]:
    legs: list[Leg] = []
    accounts: set[Account] = set()
    total = 0
    for each in amounts:
        account, amount = names.account_of(each.accountID, "an account"), each.amount
        if each.is_approval:
            raise InvalidTransfer(
                "transfers from an allowance (is_approval) are not relayed", code="unsupported_transaction"
            )
        if not amount:
            raise InvalidTransfer(f"the amount of {asset} for {account} is zero")
        if account in accounts:
            raise InvalidTransfer(f"account {account} appears twice in the amounts of {asset}")
        accounts.add(account)
        total += amount
        legs.append(Leg(account, asset, amount))
    if total:
        raise InvalidTransfer(f"the amounts of {asset} sum up to {total}, not to zero")
    return legs
