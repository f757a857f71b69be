"""What the ledger's record of an `exact` payment says was delivered. Pure.

That it went through is not enough: a token may keep a fee for itself out of what its payee gets (HTS custom fees). The
id is of an account that only we sign for, so the record is of what we sent.
"""

from __future__ import annotations

from collections.abc import Mapping

import msgspec

from relay.chain import Receipt
from relay.chains.hedera import names
from relay.chains.hedera.envelope import open_envelope
from relay.chains.hedera.mirror import Judge, Recorded, receipt_named
from relay.chains.hedera.transfer import open_signed, read_transfer
from relay.money import Account, Asset

MISMATCH = "settlement_transfer_amount_mismatch"  # x402's word


def as_exact(raw: bytes) -> Judge:
    """The judge of a transfer of ours: what its payees got is what its payers signed for, or it is no payment."""
    body = open_signed(open_envelope(raw)[0])[1]
    asked = {(leg.account, leg.asset): leg.amount for leg in read_transfer(body) if leg.amount > 0}
    fee_payer = names.account_of(body.transactionID.accountID, "the fee payer")
    return lambda recorded: _delivered(asked, fee_payer, recorded)


def _delivered(asked: Mapping[tuple[Account, Asset], int], fee_payer: Account, recorded: Recorded) -> Receipt:
    receipt = receipt_named(recorded.result)
    if not receipt.ok:
        return receipt
    got: dict[tuple[str | None, str], int] = {(fee_payer, names.HBAR): recorded.charged_tx_fee}  # it is paid from there
    for each in recorded.changes():
        got[each.account, each.token_id] = got.get((each.account, each.token_id), 0) + each.amount
    for (account, asset), amount in asked.items():
        arrived = got.get((account, asset), 0)
        # of HBAR more may arrive in the same record, from the network: a staking reward, a node's part of the fee
        if arrived < amount or (arrived > amount and asset != names.HBAR):
            return msgspec.structs.replace(
                receipt,
                ok=False,
                name=f"DELIVERED {arrived} OF {amount}",
                error=f"{account} received {arrived} of {amount} units of {asset}: the token moved another amount than"
                " was signed for, such as a fee of its own",
                reason=MISMATCH,
            )
    return receipt
