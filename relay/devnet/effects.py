"""What a transaction changes on the ledger, worked out in full before any of it is done."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from relay import hapi_pb2 as pb
from relay.devnet.accounts import Account


@dataclass(slots=True)
class Effects:
    """All or nothing. Amounts in tinybars or smallest token units, debits negative; they sum to zero per asset."""

    hbar: list[tuple[int, int]] = field(default_factory=list)  # account, amount
    tokens: list[tuple[int, int, int]] = field(default_factory=list)  # token, account, amount
    associations: list[tuple[int, int]] = field(default_factory=list)  # account, token
    created: Account | None = None


def find(accounts: Mapping[int, Account], id: pb.AccountID) -> Account | None:
    """The account an id names by number or alias, if this ledger has it."""
    if id.shardNum or id.realmNum:
        return None
    if id.WhichOneof("account") == "alias":
        return next((each for each in accounts.values() if each.alias and each.alias == id.alias), None)
    return accounts.get(id.accountNum)
