"""CONTRACTCALL, as in 2019, but only for contracts the operator listed: a call may carry money anywhere."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from relay import hapi_pb2 as pb
from relay.chains.hedera import names
from relay.chains.hedera.envelope import open_envelope, transaction_of
from relay.chains.hedera.link import CONNECT_SECONDS, CONTRACT, Link, NoAnswer
from relay.chains.hedera.nodes import Nodes
from relay.chains.hedera.signatures import check_signatures
from relay.chains.hedera.submit import UNREACHABLE, precheck_of
from relay.chains.hedera.transfer import open_signed
from relay.errors import Forbidden, InvalidRequest

_LOST = "the node did not answer; the call may have been executed"


async def call_contract(
    request: bytes | Mapping[str, object], nodes: Nodes, contracts: frozenset[str], within: float
) -> dict[str, object]:
    """Hand the call to a node it is signed for, `within` seconds; answers the precheck, also nested as in 2019."""
    if not isinstance(request, bytes):
        raise InvalidRequest("CONTRACTCALL takes a binary Transaction")
    ways: list[tuple[Link, bytes]] = []
    for signed in open_envelope(request):
        envelope, body = open_signed(signed)
        if body.WhichOneof("data") != "contractCall":
            raise InvalidRequest("CONTRACTCALL takes a contractCall and no other transaction")
        _check_contract(body, contracts)
        check_signatures(envelope.bodyBytes, envelope.sigMap)
        link = nodes.get(names.account_of(body.nodeAccountID, "the node"))
        if link is not None:
            ways.append((link, transaction_of(signed)))
    if not ways:
        raise InvalidRequest("the contract call is for a node that is not in the address book")
    code, error = await _send(ways, within)
    return {"nodePrecheckcode": code, "error": error, "responseData": {"nodePrecheckcode": code, "error": error}}


def _check_contract(body: pb.TransactionBody, contracts: frozenset[str]) -> None:
    id, tx = body.contractCall.contractID, body.transactionID
    if tx.scheduled or tx.nonce or body.HasField("batch_key"):
        raise InvalidRequest("scheduled and batched transactions are not relayed")
    numbered = id.WhichOneof("contract") == "contractNum"
    called = f"{id.shardNum}.{id.realmNum}.{id.contractNum}" if numbered else "0x" + id.evm_address.hex()
    if "*" not in contracts and called not in contracts:
        raise Forbidden(f"contract {called} is not one this relay calls; the operator lists them under `contracts`")


async def _send(ways: Iterable[tuple[Link, bytes]], within: float) -> tuple[int | None, str | None]:
    """Precheck code and error. Each copy is sent once, the next only if not a byte of the one before left us."""
    for link, transaction in ways:
        if not await link.reachable(CONNECT_SECONDS):
            continue
        try:
            answer = precheck_of(await link.call(CONTRACT, transaction, within))
        except NoAnswer:
            return None, _LOST
        return int(answer.nodeTransactionPrecheckCode), None
    return None, UNREACHABLE
