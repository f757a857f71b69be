"""What a transfer may move when the fee is ours: one asset, from who signed to who is paid.

  HBAR     no token beside it; every entry once, not zero; the sum is zero
  a token  one, of those this relay takes; no HBAR beside it, no NFT; decimals as known; likewise
  either   no more than ten entries, by account number: an alias could be a new account, opened at our cost; none from
           an allowance, whose spender would be the fee payer; nothing is taken from the fee payer

That exactly those are paid who should be, and how much, is compared with the invoice or the requirements elsewhere.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from relay import hapi_pb2 as pb
from relay.chain import Leg
from relay.chains.hedera import names
from relay.chains.hedera.legs import MAX_LEGS
from relay.chains.hedera.reasons import Reason, invalid
from relay.money import Account, Asset


def check_transfer(
    transfer: pb.CryptoTransferTransactionBody, fee_payer: Account, decimals: Mapping[Asset, int]
) -> tuple[Asset, tuple[Leg, ...]]:
    """The asset and its legs; raises `InvalidTransfer` with x402's reason."""
    hbar = transfer.transfers.accountAmounts
    legs = _legs(names.HBAR, hbar, Reason.HBAR_SUM)
    _keeps(fee_payer, legs, Reason.FEE_PAYER_HBAR)
    if not transfer.tokenTransfers:
        if not legs:
            raise invalid(Reason.SHAPE, "the transfer pays nobody")
        return names.HBAR, legs
    if len(transfer.tokenTransfers) > 1:
        raise invalid(Reason.ASSET, "the transfer moves more than one token", "wrong_asset")
    if hbar:
        raise invalid(Reason.UNEXPECTED_HBAR, "a payment in a token moves no HBAR beside it", "wrong_asset")
    listed = transfer.tokenTransfers[0]
    if listed.nftTransfers:
        raise invalid(Reason.OTHER_OPERATIONS, "NFT transfers are not paid for", "unsupported_transaction")
    token = names.token_of(listed.token)
    if token not in decimals:
        raise invalid(Reason.ASSET, f"asset: {token} is not a token taken here", "wrong_asset")
    if listed.HasField("expected_decimals") and listed.expected_decimals.value != decimals[token]:
        expected = listed.expected_decimals.value
        raise invalid(Reason.ASSET, f"the payer expects {expected} decimals of {token}, it has {decimals[token]}")
    legs = _legs(token, listed.transfers, Reason.ASSET_SUM)
    if not legs:
        raise invalid(Reason.SHAPE, f"token {token} is listed without amounts")
    _keeps(fee_payer, legs, Reason.FEE_PAYER_FUNDS)
    return token, legs


def _legs(asset: Asset, amounts: Iterable[pb.AccountAmount], sum_reason: Reason) -> tuple[Leg, ...]:
    legs: dict[Account, Leg] = {}
    for each in amounts:
        if each.is_approval:
            raise invalid(
                Reason.APPROVAL, "a debit from an allowance (is_approval) is not paid for", "unsupported_transaction"
            )
        if each.accountID.WhichOneof("account") == "alias":
            raise invalid(
                Reason.ALIAS,
                "an account is given by alias; only accounts by number are paid, for an alias may be a new account",
                "unsupported_transaction",
            )
        account = names.account_of(each.accountID, "an account")
        if not each.amount:
            raise invalid(Reason.SHAPE, f"the amount of {asset} for {account} is zero")
        if account in legs:
            raise invalid(Reason.SHAPE, f"account {account} appears twice in the amounts of {asset}")
        legs[account] = Leg(account, asset, each.amount)
    if len(legs) > MAX_LEGS:
        raise invalid(Reason.SHAPE, f"{len(legs)} amounts of {asset}; the network takes at most {MAX_LEGS}")
    total = sum(leg.amount for leg in legs.values())
    if total:
        raise invalid(sum_reason, f"the amounts of {asset} sum up to {total}, not to zero")
    return tuple(legs.values())


def _keeps(fee_payer: Account, legs: Iterable[Leg], reason: Reason) -> None:
    if any(leg.account == fee_payer and leg.amount < 0 for leg in legs):
        raise invalid(reason, f"the fee payer {fee_payer} pays the fee and nothing else")
