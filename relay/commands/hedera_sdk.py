"""`relay pay --signer hedera-sdk`: the same transfer, built and signed by hedera-sdk-py (the official SDK on a JVM)."""

from __future__ import annotations

import os
import shutil
from collections.abc import Sequence
from pathlib import Path

from relay.errors import InvalidRequest
from relay.wallet import MAX_FEE_TINYBARS, Wallet


def sign(wallet: Wallet, *, pay_to: Sequence[tuple[str, int]], asset: str, memo: str, nodes: Sequence[str]) -> bytes:
    """A `TransactionList` with one copy per node. Raises `InvalidRequest` where the SDK or Java is missing."""
    java = shutil.which("java")
    if "JAVA_HOME" not in os.environ and java is not None:  # pyjnius looks for a compiler, and a JRE has none
        os.environ["JAVA_HOME"] = str(Path(java).resolve().parents[1])
    try:
        import hedera
    except ImportError:
        raise InvalidRequest("--signer hedera-sdk needs the extra: pip install 'micropay-relay[hedera-sdk]'") from None
    except Exception as error:  # pyjnius raises plain exceptions where it finds no Java
        raise InvalidRequest(f"hedera-sdk-py needs Java 17 and JAVA_HOME: {error}") from None
    from jnius import autoclass

    key = hedera.PrivateKey.fromBytesED25519 if wallet.kind == "ed25519" else hedera.PrivateKey.fromBytesECDSA
    payer = hedera.AccountId.fromString(wallet.account)
    node_ids = autoclass("java.util.ArrayList")()
    for node in nodes:
        node_ids.add(hedera.AccountId.fromString(node))
    built = hedera.TransferTransaction()
    for account, units in [*pay_to, (wallet.account, -sum(units for _, units in pay_to))]:
        to = hedera.AccountId.fromString(account)
        if asset == "0.0.0":
            built.addHbarTransfer(to, hedera.Hbar.fromTinybars(units))
        else:
            built.addTokenTransfer(hedera.TokenId.fromString(asset), to, units)
    built.setTransactionMemo(memo).setNodeAccountIds(node_ids)
    built.setTransactionId(hedera.TransactionId.generate(payer))
    built.setMaxTransactionFee(hedera.Hbar.fromTinybars(MAX_FEE_TINYBARS))
    signed = built.freeze().sign(key(wallet.key))
    return bytes(signed.toBytes())
