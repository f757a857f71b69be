"""Hedera: `open_chain` connects to one of its networks; the `Hedera` it yields is the relay's view of it.

transfer.py   signed bytes → Transfer            glance.py legs.py copies.py envelope.py wire.py signatures.py names.py
                                                 kinds.py below it
submit.py     bytes → Taken | Refused | Unknown  nodes.py link.py direct.py http2/ beneath it
receipts.py   bytes → Receipt | Pending | Never  mirror.py beside it
sponsored.py  the same for scheme `exact`, whose fee is ours to pay; names its parts
watch.py      transfers made elsewhere
queries.py    the other requests of 2019
books.py      which nodes there are
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import datetime
from typing import Annotated

import aiohttp
import msgspec

from relay.abilities import AssetKind, Node
from relay.chain import EXACT, SIGNED
from relay.chains.hedera import books, names
from relay.chains.hedera.cosign import FeePayer, FeePayerOptions
from relay.chains.hedera.exact import Exact
from relay.chains.hedera.handed import Handed
from relay.chains.hedera.ledger import Hedera
from relay.chains.hedera.mirror import MIRROR_SECONDS, Mirror
from relay.chains.hedera.nodes import FIRST_SECONDS, Nodes
from relay.chains.hedera.purse import Bounds
from relay.chains.hedera.queries import Pace
from relay.chains.hedera.sponsored import open_sponsored
from relay.errors import InvalidRequest, Misconfigured, Unreachable
from relay.money import Account, Asset, ChainId
from relay.sends import Sends

Seconds = Annotated[float, msgspec.Meta(ge=0.01, le=3600)]
Pause = Annotated[float, msgspec.Meta(ge=0, le=3600)]
Days = Annotated[float, msgspec.Meta(ge=0.01, le=365 * 24 * 3600)]
Tinybars = Annotated[int, msgspec.Meta(ge=0)]

_RETRY_SECONDS = 60.0  # to ask a mirror again that did not tell the address book

_log = logging.getLogger(__name__)


class AssetOptions(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    asset: str  # the token's id, such as "0.0.456858"
    symbol: str
    decimals: int


class Options(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`[chains."hedera:…"]`. mainnet, testnet and previewnet need nothing; another network needs `nodes`."""

    nodes: dict[str, str] | None = None  # address → node account; else the mirror's address book
    mirror: str | None = None  # URL of a mirror node's REST; public networks have theirs
    tls: bool | None = None  # None: where the address book has a certificate hash, and on port 50212
    tls_root_file: str | None = None  # PEM to trust for `nodes`
    assets: tuple[AssetOptions, ...] = ()  # tokens, besides HBAR
    contracts: tuple[str, ...] = ()  # CONTRACTCALL is relayed to these ids only; "*" is any
    address_book_seconds: Days = 86_400.0  # between two looks at the mirror's address book
    call_seconds: Seconds = Pace().call  # for a node to answer a transfer or a query
    receipt_seconds: Seconds = Pace().receipt  # for all polls of one TRANSACTIONGETRECEIPT
    poll_seconds: Annotated[tuple[Pause, ...], msgspec.Meta(min_length=1)] = Pace().polls  # between, the last repeated
    watch_seconds: Pause = 2.0  # between two searches for payments made elsewhere; 0: none
    probe_seconds: Seconds = 15.0  # between two free questions to a node that show it still answers
    direct_grpc: bool = True  # calls to nodes are made by HTTP/2 of ours; off: by grpcio, several times as dear
    fee_payer: FeePayerOptions | None = None  # pays the fee of scheme `exact`; needs a mirror
    # that a payer of `exact` may have us charged at most; SDKs write this much
    max_fee_tinybars: Annotated[int, msgspec.Meta(ge=1, le=10**12)] = 100_000_000
    low_balance_tinybars: Tinybars | None = None  # of the fee payer, to raise the alarm; None: a hundred of the dearest
    budget_tinybars_per_hour: Tinybars | None = None  # of fees paid for one merchant; None: no bound
    payer_budget_tinybars_per_hour: Tinybars | None = None  # and for one payer


def read_account(text: str) -> Account:
    """An account by number, `shard.realm.num`; raises `InvalidRequest`."""
    names.entity(text)
    return Account(text)


@asynccontextmanager
async def open_chain(
    id: ChainId,
    options: Options,
    *,
    clock: Callable[[], datetime],
    report: Callable[[ChainId, Node], None],
    sends: Sends | None = None,
    first_seconds: float = FIRST_SECONDS,
) -> AsyncIterator[Hedera]:
    """Connect to the network until the block ends. `report` is told when a node's health changes.

    Starts with nodes away, too, after `first_seconds` at most; raises `Misconfigured` when it is not known where they
    are.
    """
    fee_payer = None if options.fee_payer is None else FeePayer.read(options.fee_payer)
    assets = _assets(options, fee_payer)
    decimals = {kind.asset: kind.decimals for kind in assets}
    exact = None if fee_payer is None else Exact(fee_payer, options.max_fee_tinybars, decimals)
    timeout = aiohttp.ClientTimeout(total=MIRROR_SECONDS)
    async with aiohttp.ClientSession(timeout=timeout) as http:
        url = options.mirror or books.MIRRORS.get(id.reference)
        mirror = Mirror(url, http) if url else None
        if exact is not None and mirror is None:
            raise Misconfigured(f'[chains."{id}"]: fee_payer: needs a `mirror`, which knows the keys of payers')
        refresher: asyncio.Task[None] | None = None
        if options.nodes is not None:
            book = books.configured(options.nodes, tls=options.tls, root_file=options.tls_root_file)
        else:
            book = dict(books.BUILT_IN.get(id.reference, {}))
        if not book and mirror is None:
            raise Misconfigured(f'[chains."{id}"]: nodes: say where they are, such as {{"127.0.0.1:50211" = "0.0.3"}}')
        stale = False
        if options.nodes is None and mirror is not None:
            try:
                book = dict(await mirror.book(tls=options.tls is not False))
            except Unreachable as error:
                if not book:
                    raise Misconfigured(f'[chains."{id}"]: no nodes: {error.message}') from None
                stale = True
                _log.warning("built-in address book", extra={"chain": str(id), "error": error.message})
        nodes = Nodes(book, lambda node: report(id, node), options.probe_seconds, direct=options.direct_grpc)
        try:
            if options.nodes is None and mirror is not None:
                refresher = asyncio.create_task(_refresh(nodes, mirror, options, stale=stale))
            await nodes.first(first_seconds)
            pace = Pace(options.call_seconds, options.receipt_seconds, options.poll_seconds)
            handed = Handed()
            async with open_sponsored(
                *(id, exact, nodes, mirror, _bounds(options), sends, clock, handed, pace.call),
                lambda node: report(id, node),
            ) as sponsored:
                yield Hedera(
                    *(id, nodes, mirror, sponsored, assets, frozenset(options.contracts)),
                    *(pace, options.watch_seconds, clock, handed),
                )
        finally:
            if refresher is not None:
                refresher.cancel()
                await asyncio.gather(refresher, return_exceptions=True)
            await nodes.close()


async def _refresh(nodes: Nodes, mirror: Mirror, options: Options, *, stale: bool) -> None:
    while True:
        await asyncio.sleep(
            min(_RETRY_SECONDS, options.address_book_seconds) if stale else options.address_book_seconds
        )
        try:
            nodes.become(await mirror.book(tls=options.tls is not False))
            stale = False
        except Unreachable as error:
            stale = True
            _log.warning("address book not refreshed", extra={"error": error.message})
        except Exception:  # the next one may be readable
            stale = True
            _log.exception("address book not refreshed")


def _assets(options: Options, fee_payer: FeePayer | None) -> tuple[AssetKind, ...]:
    schemes = (SIGNED,) if fee_payer is None else (EXACT, SIGNED)
    payer = None if fee_payer is None else fee_payer.account
    kinds = [AssetKind(names.HBAR, "HBAR", 8, schemes, fee_payer=payer)]
    for each in options.assets:
        try:
            names.entity(each.asset, "a token id")
        except InvalidRequest as error:
            raise Misconfigured(f"assets: {error.message}") from None
        if each.asset == names.HBAR or not 0 <= each.decimals <= 255:
            raise Misconfigured(f"assets: {each.asset}: HBAR is there anyway, and decimals are 0 to 255")
        kinds.append(AssetKind(Asset(each.asset), each.symbol, each.decimals, schemes, fee_payer=payer))
    return tuple(kinds)


def _bounds(options: Options) -> Bounds:
    return Bounds(
        options.max_fee_tinybars,
        options.low_balance_tinybars,
        options.budget_tinybars_per_hour,
        options.payer_budget_tinybars_per_hour,
    )
