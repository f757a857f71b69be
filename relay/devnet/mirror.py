"""The mirror node's REST beside the nodes: the ledger as it was `mirrorLagMs` ago, and the switchboard for faults.

  GET /api/v1/transactions/{payer-sec-nanos}   404 until it reached consensus; then kept for good
  GET /api/v1/transactions                     timestamp (gt: gte: lt: lte: eq:), account.id, result, order, limit
  GET /api/v1/accounts/{id}  …/tokens   /api/v1/balances   /api/v1/tokens/{id}
  GET /api/v1/network/nodes   /api/v1/network/exchangerate
  GET /api/v1/blocks                           one block; timestamp.to is how far the mirror has come, traffic or not
  POST /faults (see faults.py; "node": "0.0.4" for another node), DELETE /faults
  GET /seen                received by cryptoTransfer: {"count", "transactions": [{"bytes", "transactionId"}]}

Balances are of now, whatever the lag. Errors have the mirror's own shape: {"_status": {"messages": [{"message"}]}}.
"""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable, Sequence
from functools import partial
from itertools import islice

import msgspec
from aiohttp import web

from relay import hapi_pb2 as pb
from relay.devnet import mirror_json as out
from relay.devnet.accounts import NANOS, Account, Entry
from relay.devnet.envelope import Broken, open_envelope
from relay.devnet.faults import Faults
from relay.devnet.genesis import DUSD
from relay.devnet.ledger import Ledger
from relay.devnet.node import Node
from relay.money import TxId

_ID = re.compile(r"(0\.0\.\d+)-(\d{1,19})-(\d{1,9})")
_ENTITY = re.compile(r"(?:0\.0\.)?(\d{1,19})")
_BOUND = re.compile(r"(?:(gt|gte|lt|lte|eq):)?(\d{1,10})(?:\.(\d{1,9}))?")
_PAGE, _MAX_PAGE = 25, 100  # hiero-mirror-node's defaults


class Mirror:
    """REST over one ledger and its nodes. `faults` of the first node say how the mirror itself does."""

    def __init__(self, ledger: Ledger, nodes: Sequence[Node]) -> None:
        self._ledger = ledger
        self._nodes = nodes
        self._runner: web.AppRunner | None = None

    async def start(self, host: str, port: int) -> int:
        """Listen and return the port; raises OSError when it is taken."""
        app = web.Application(middlewares=[self._edge])
        get = app.router.add_get
        get("/api/v1/transactions/{id}", self._transaction)
        get("/api/v1/transactions", self._transactions)
        get("/api/v1/accounts/{id}", self._account)
        get("/api/v1/accounts/{id}/tokens", self._relationships)
        get("/api/v1/balances", self._balances)
        get("/api/v1/tokens/{id}", self._token)
        get("/api/v1/network/nodes", self._network_nodes)
        get("/api/v1/network/exchangerate", self._exchange_rate)
        get("/api/v1/blocks", self._blocks)
        get("/seen", self._seen)
        app.router.add_post("/faults", self._set_faults)
        app.router.add_delete("/faults", self._clear_faults)
        self._runner = web.AppRunner(app, access_log=None, shutdown_timeout=1)
        await self._runner.setup()
        site = web.TCPSite(self._runner, host, port)
        await site.start()
        return int(self._runner.addresses[0][1])

    async def stop(self) -> None:
        if self._runner is not None:
            await self._runner.cleanup()

    @web.middleware
    async def _edge(
        self, request: web.Request, handler: Callable[[web.Request], Awaitable[web.StreamResponse]]
    ) -> web.StreamResponse:
        outward = request.path.startswith("/api/")
        if outward and self._nodes[0].faults.mirror_down:
            return _problem(503, "Service unavailable")
        try:
            response = await handler(request)
        except web.HTTPException as error:
            response = _problem(error.status, error.text or error.reason)
        if outward:
            response.headers["Access-Control-Allow-Origin"] = "*"  # as the public mirrors have it
        return response

    # --- the ledger, looked at ---

    def _reach_ns(self) -> int:
        """How far the mirror has come. Later entries are later than this, or a reader could miss one."""
        return self._ledger.clock.tick() - self._nodes[0].faults.mirror_lag_ms * 1_000_000

    async def _transaction(self, request: web.Request) -> web.Response:
        parts = _ID.fullmatch(request.match_info["id"])
        if parts is None:
            raise web.HTTPBadRequest(text="Invalid parameter: transactionIdOrHash")
        id = TxId(f"{parts[1]}@{parts[2]}.{int(parts[3]):09d}")
        reach = self._reach_ns()
        found = [entry for entry in self._ledger.find(id) if entry.consensus_ns <= reach]
        if not found:
            raise web.HTTPNotFound(text="Not found")
        return web.json_response({"transactions": [out.transaction(entry) for entry in found]})

    async def _transactions(self, request: web.Request) -> web.Response:
        asked = request.query
        limit, newest_first = _limit(asked.get("limit")), asked.get("order", "desc") == "desc"
        wanted = [_bound(text) for text in asked.getall("timestamp", [])]
        wanted.append(_bound(f"lte:{out.stamp(self._reach_ns())}"))
        if "account.id" in asked:
            wanted.append(partial(_involves, _entity(asked["account.id"])))
        if "result" in asked:
            wanted.append(_succeeded if asked["result"] == "success" else _failed)
        entries = reversed(self._ledger.entries) if newest_first else iter(self._ledger.entries)
        matching = (entry for entry in entries if all(test(entry) for test in wanted))
        found = list(islice(matching, limit + 1))
        following = None
        if len(found) > limit:
            beyond = f"{'lt' if newest_first else 'gt'}:{out.stamp(found[limit - 1].consensus_ns)}"
            following = str(request.rel_url.update_query(timestamp=beyond, limit=str(limit)))
        return web.json_response(
            out.page("transactions", [out.transaction(entry) for entry in found[:limit]], following)
        )

    async def _account(self, request: web.Request) -> web.Response:
        found = out.account(self._known(request.match_info["id"]), self._ledger.clock.now_ns())
        return web.json_response(found | {"transactions": [], "links": {"next": None}})

    async def _relationships(self, request: web.Request) -> web.Response:
        found = self._known(request.match_info["id"])
        only = _entity(request.query["token.id"]) if "token.id" in request.query else None
        tokens = [token for token in found.tokens if only in (None, token)]
        return web.json_response(out.page("tokens", [out.relationship(found, token) for token in tokens]))

    async def _balances(self, request: web.Request) -> web.Response:
        accounts = self._ledger.accounts
        if "account.id" in request.query:
            found = accounts.get(_entity(request.query["account.id"]))
            chosen = [found] if found else []
        else:
            chosen = sorted(accounts.values(), key=lambda each: each.number)[: _limit(request.query.get("limit"))]
        now = {"timestamp": out.stamp(self._ledger.clock.now_ns())}
        return web.json_response(now | out.page("balances", [out.balance(each) for each in chosen]))

    async def _token(self, request: web.Request) -> web.Response:
        if _entity(request.match_info["id"]) != DUSD:
            raise web.HTTPNotFound(text="Not found")
        return web.json_response(out.token(self._ledger.accounts))

    async def _network_nodes(self, request: web.Request) -> web.Response:
        return web.json_response(out.page("nodes", [out.node(node) for node in self._nodes]))

    async def _exchange_rate(self, request: web.Request) -> web.Response:
        return web.json_response(out.exchange_rate(self._ledger.clock.now_ns()))

    async def _blocks(self, request: web.Request) -> web.Response:
        return web.json_response(out.page("blocks", [out.block(self._reach_ns())]))

    def _known(self, text: str) -> Account:
        found = self._ledger.accounts.get(_entity(text))
        if found is None:
            raise web.HTTPNotFound(text="Not found")
        return found

    # --- the switchboard ---

    async def _set_faults(self, request: web.Request) -> web.Response:
        """Lay the given faults over those there are; answers with all that hold now."""
        try:
            asked = msgspec.json.decode(await request.read(), type=dict[str, object])
            faults = self._node(asked.pop("node", None)).faults
            faults.become(msgspec.convert(msgspec.to_builtins(faults) | asked, Faults))
        except msgspec.MsgspecError as error:
            raise web.HTTPBadRequest(text=str(error)) from None
        return web.json_response(msgspec.to_builtins(faults))

    async def _clear_faults(self, request: web.Request) -> web.Response:
        for node in self._nodes:
            node.faults.clear()
        return web.json_response(msgspec.to_builtins(Faults()))

    async def _seen(self, request: web.Request) -> web.Response:
        seen = self._node(request.query.get("node")).seen
        return web.json_response(
            {"count": len(seen), "transactions": [{"bytes": raw.hex(), "transactionId": _id_in(raw)} for raw in seen]}
        )

    def _node(self, account: object) -> Node:
        for node in self._nodes:
            if account in (None, f"0.0.{node.number}"):
                return node
        raise web.HTTPBadRequest(text=f"there is no node {account}")


def _id_in(raw: bytes) -> str | None:
    try:
        return open_envelope(raw).id
    except Broken:
        return None


def _succeeded(entry: Entry) -> bool:
    return entry.status == pb.SUCCESS


def _failed(entry: Entry) -> bool:
    return not _succeeded(entry)


def _involves(number: int, entry: Entry) -> bool:
    in_tokens = any(account == number for _, account, _ in entry.token_transfers)
    return entry.payer == number or in_tokens or any(account == number for account, _ in entry.transfers)


def _bound(text: str) -> Callable[[Entry], bool]:
    parts = _BOUND.fullmatch(text)
    if parts is None:
        raise web.HTTPBadRequest(text="Invalid parameter: timestamp")
    limit = int(parts[2]) * NANOS + int((parts[3] or "").ljust(9, "0"))
    match parts[1]:
        case "gt":
            return lambda entry: entry.consensus_ns > limit
        case "gte":
            return lambda entry: entry.consensus_ns >= limit
        case "lt":
            return lambda entry: entry.consensus_ns < limit
        case "lte":
            return lambda entry: entry.consensus_ns <= limit
        case _:
            return lambda entry: entry.consensus_ns == limit


def _limit(text: str | None) -> int:
    if text is None:
        return _PAGE
    if not text.isdigit() or int(text) < 1:
        raise web.HTTPBadRequest(text="Invalid parameter: limit")
    return min(int(text), _MAX_PAGE)


def _entity(text: str) -> int:
    parts = _ENTITY.fullmatch(text)
    if parts is None:
        raise web.HTTPBadRequest(text="Invalid parameter: id")
    return int(parts[1])


def _problem(status: int, message: str) -> web.Response:
    return web.json_response({"_status": {"messages": [{"message": message}]}}, status=status)
