"""How a wallet signs what a seller asks: EIP-3009 on EVM chains, on Hedera a transfer whose fee others pay."""

from __future__ import annotations

import base64
import secrets
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

from relay.evm_wallet import EvmWallet
from relay.wallet import Wallet, transfer
from relay.wire.x402 import PaymentRequirements

LONGEST = timedelta(minutes=10)  # that a signature of ours is good for, whatever a seller asks
EIP3009 = "eip3009"
_NODES = tuple(f"0.0.{number}" for number in range(3, 10))  # of mainnet and testnet; there are more, one is enough
_DEVNET_NODES = ("0.0.3",)

AnyWallet = Wallet | EvmWallet


def read_wallets(given: AnyWallet | str | Path | Sequence[AnyWallet | str | Path]) -> tuple[AnyWallet, ...]:
    """Wallets, or the files they are in; raises `InvalidRequest` for a file that holds none."""
    several = given if isinstance(given, Sequence) and not isinstance(given, str) else (given,)
    return tuple(_read(each) if isinstance(each, str | Path) else each for each in several)


def can_sign(wallet: AnyWallet, wish: PaymentRequirements) -> bool:
    """Whether this wallet can pay that way at all."""
    extra = wish.extra or {}
    match wallet:
        case EvmWallet():
            named = all(isinstance(extra.get(name), str) for name in ("name", "version"))
            by_signature = extra.get("assetTransferMethod", EIP3009) == EIP3009
            return wish.chain.namespace == "eip155" and named and by_signature
        case Wallet():
            return wish.chain.namespace == "hedera" and isinstance(extra.get("feePayer"), str)


def sign(wallet: AnyWallet, wish: PaymentRequirements) -> dict[str, object]:
    """The scheme's payload. Each call signs another payment."""
    now, extra = datetime.now(UTC), wish.extra or {}
    match wallet:
        case EvmWallet():
            return wallet.authorize(
                chain=int(wish.chain.reference),
                token=wish.asset,
                domain={"name": str(extra["name"]), "version": str(extra["version"])},
                to=wish.pay_to,
                units=wish.units,
                now=now,
                valid_for=min(timedelta(seconds=wish.max_timeout_seconds), LONGEST),
            )
        case Wallet():
            nodes = _DEVNET_NODES if wish.chain.reference == "devnet" else _NODES
            raw = transfer(
                wallet,
                pay_to=[(wish.pay_to, wish.units)],
                asset=wish.asset,
                memo="",
                nodes=nodes,
                now=now.replace(microsecond=secrets.randbelow(1_000_000)),  # many buyers share one account's ids
                nanos=secrets.randbelow(1_000),
                fee_payer=str(extra["feePayer"]),
            )
            return {"transaction": base64.b64encode(raw).decode()}


def _read(file: str | Path) -> AnyWallet:
    wallet = Wallet.read(Path(file))
    return EvmWallet.of(wallet.account, wallet.key) if wallet.account.startswith("0x") else wallet
