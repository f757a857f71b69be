"""`relay pay` where the seller speaks x402: shows the price, pays within the limit, prints or saves what was bought."""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path

from relay.client import Client, Limit, Offered
from relay.client.limit import read_amount
from relay.client.signing import AnyWallet
from relay.commands.admin import arguments
from relay.commands.keeping import keep_answer, keep_token
from relay.commands.payers import PLAY_MONEY
from relay.devchain.accounts import payers
from relay.errors import InvalidRequest
from relay.evm_wallet import EvmWallet
from relay.wallet import Wallet

USUAL = "1 USD"  # what stock buyers of x402 pay at most, unless told otherwise


async def buy(
    url: str,
    *,
    network: str | None,
    wallet: Path | None,
    token_file: Path | None,
    ask: bool,
    most: str | None,
    output: Path | None,
) -> int:
    """Pay what `url` sells; 0 with the thing itself on standard output or in `output`, else one line why not."""
    wallets: list[AnyWallet | str | Path] = [wallet] if wallet is not None else [*_play_wallets()]
    if most is not None:
        with arguments():
            read_amount(most)
    limits = [most] if most is not None else [USUAL, "20 HBAR"] if wallet is None else [USUAL]

    def approve(offered: Offered) -> bool:
        _show(offered)
        return not ask or most is not None or _agreed(offered)

    async with Client(wallets, Limit(*limits), network=network, approve=approve) as client:
        answer = await client.get(url, Accept="*/*")
    if answer.paid is not None:
        print(f"settled   {answer.paid.transaction}", file=sys.stderr)
    if answer.access_token is not None:
        keep_token(answer.access_token, url, "x402-" + answer.access_token[-12:], token_file, out=sys.stderr)
    if answer.status >= 400:
        moved = "" if answer.paid is not None else " and tells of no payment"
        print(f"{url} answered {answer.status}{moved}", file=sys.stderr)
        return 1
    await asyncio.to_thread(keep_answer, answer.body, output)
    return 0


def _play_wallets() -> list[AnyWallet]:
    """The development accounts, which have play money only."""
    first, *_ = payers()
    return [EvmWallet(first.address, first.key), Wallet.development("0.0.1001")]


def _show(offered: Offered) -> None:
    if offered.wish.network not in PLAY_MONEY and offered.wallet.account in _play_accounts():
        raise InvalidRequest(f"paying on {offered.wish.network} needs --wallet FILE")
    print(f"from      {offered.wallet.account} on {offered.wish.network}", file=sys.stderr)
    print(f"to        {offered.wish.pay_to}  {offered.shown}", file=sys.stderr)
    print(f"for       {offered.resource.description or offered.resource.url}", file=sys.stderr)


def _play_accounts() -> set[str]:
    return {wallet.account for wallet in _play_wallets()}


def _agreed(offered: Offered) -> bool:
    if not sys.stdin.isatty():
        if offered.wish.network in PLAY_MONEY:
            return True
        raise InvalidRequest("nobody is there to approve; --max 0.10 states a limit, --yes signs without asking")
    sys.stderr.write("sign and pay? [y/N] ")
    sys.stderr.flush()
    return sys.stdin.readline().strip().lower() in ("y", "yes")
