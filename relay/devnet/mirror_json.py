"""The mirror node's JSON, field for field as its OpenAPI document has it; what this network lacks is null or 0."""

from __future__ import annotations

import base64
from collections.abc import Mapping, Sequence

from relay import hapi_pb2 as pb
from relay.devnet.accounts import NANOS, Account, Entry
from relay.devnet.envelope import code_name
from relay.devnet.files import Listed
from relay.devnet.genesis import CENT_EQUIV, DUSD, DUSD_DECIMALS, HBAR_EQUIV, TREASURY

Json = dict[str, object]


def stamp(ns: int) -> str:
    """`1700000000.000000001`, the mirror's way to write an instant."""
    return f"{ns // NANOS}.{ns % NANOS:09d}"


def page(name: str, items: Sequence[Json], following: str | None = None) -> Json:
    """One page of a list; `following` is the path of the next."""
    return {name: list(items), "links": {"next": following}}


def mirror_id(entry: Entry) -> str:
    """`0.0.1001-1700000000-000000001`, the mirror's way to write a transaction id."""
    payer, _, start = entry.id.partition("@")
    return f"{payer}-{start.replace('.', '-')}"


def transaction(entry: Entry) -> Json:
    """An item of /transactions; amounts are numbers there, as on the real mirror."""
    return {
        "batch_key": None,
        "bytes": None,
        "charged_tx_fee": entry.fee,
        "consensus_timestamp": stamp(entry.consensus_ns),
        "entity_id": f"0.0.{entry.created}" if entry.created else None,
        "max_custom_fees": [],
        "max_fee": str(entry.max_fee),
        "memo_base64": base64.b64encode(entry.memo.encode()).decode(),
        "name": entry.kind,
        "nft_transfers": [],
        "node": f"0.0.{entry.node}",
        "nonce": 0,
        "parent_consensus_timestamp": None,
        "result": code_name(entry.status),
        "scheduled": False,
        "staking_reward_transfers": [],
        "token_transfers": [
            {"account": f"0.0.{account}", "amount": amount, "is_approval": False, "token_id": f"0.0.{token}"}
            for token, account, amount in entry.token_transfers
        ],
        "transaction_hash": base64.b64encode(entry.hash).decode(),
        "transaction_id": mirror_id(entry),
        "transfers": [
            {"account": f"0.0.{account}", "amount": amount, "is_approval": False} for account, amount in entry.transfers
        ],
        "valid_duration_seconds": str(entry.valid_seconds),
        "valid_start_timestamp": stamp(entry.valid_start_ns),
    }


def account(found: Account, now_ns: int) -> Json:
    """The answer of /accounts/{id} but for its list of transactions."""
    return {
        "account": f"0.0.{found.number}",
        "alias": base64.b32encode(found.alias).decode().rstrip("=") or None,
        "auto_renew_period": 7776000,
        "balance": {
            "balance": found.tinybars,
            "timestamp": stamp(now_ns),
            "tokens": [{"token_id": f"0.0.{token}", "balance": units} for token, units in found.tokens.items()],
        },
        "created_timestamp": stamp(found.created_ns),
        "decline_reward": False,
        "deleted": False,
        "ethereum_nonce": 0,
        "evm_address": "0x" + found.evm_address.hex(),
        "expiry_timestamp": None,
        "key": _key(found.public_key),
        "max_automatic_token_associations": found.automatic_associations,
        "memo": found.memo,
        "pending_reward": 0,
        "receiver_sig_required": found.receiver_signs,
        "staked_account_id": None,
        "staked_node_id": None,
        "stake_period_start": None,
    }


def _key(key: pb.Key) -> Json:
    match key.WhichOneof("key"):
        case "ed25519":
            return {"_type": "ED25519", "key": key.ed25519.hex()}
        case "ECDSA_secp256k1":
            return {"_type": "ECDSA_SECP256K1", "key": key.ECDSA_secp256k1.hex()}
        case _:
            return {"_type": "ProtobufEncoded", "key": key.SerializeToString().hex()}


def balance(found: Account) -> Json:
    """An item of /balances."""
    tokens = [{"token_id": f"0.0.{token}", "balance": units} for token, units in found.tokens.items()]
    return {"account": f"0.0.{found.number}", "balance": found.tinybars, "tokens": tokens}


def relationship(found: Account, token: int) -> Json:
    """An item of /accounts/{id}/tokens."""
    return {
        "automatic_association": False,
        "balance": found.tokens[token],
        "created_timestamp": stamp(found.created_ns),
        "decimals": DUSD_DECIMALS,
        "freeze_status": "NOT_APPLICABLE",
        "kyc_status": "NOT_APPLICABLE",
        "token_id": f"0.0.{token}",
    }


def token(accounts: Mapping[int, Account]) -> Json:
    """The one token there is."""
    return {
        "token_id": f"0.0.{DUSD}",
        "name": "Development dollar",
        "symbol": "DUSD",
        "decimals": str(DUSD_DECIMALS),
        "total_supply": str(sum(each.tokens.get(DUSD, 0) for each in accounts.values())),
        "type": "FUNGIBLE_COMMON",
        "treasury_account_id": f"0.0.{TREASURY}",
        "deleted": False,
        "freeze_default": False,
        "pause_status": "NOT_APPLICABLE",
        "custom_fees": {"created_timestamp": stamp(0), "fixed_fees": [], "fractional_fees": []},
    }


def node(listed: Listed) -> Json:
    """An item of /network/nodes."""
    numeric = listed.host.replace(".", "").isdigit()
    return {
        "admin_key": None,
        "decline_reward": False,
        "description": "development node",
        "file_id": "0.0.102",
        "grpc_proxy_endpoint": None,
        "max_stake": 0,
        "memo": f"0.0.{listed.number}",
        "min_stake": 0,
        "node_account_id": f"0.0.{listed.number}",
        "node_cert_hash": None,
        "node_id": listed.number - 3,
        "public_key": "0x",
        "reward_rate_start": 0,
        "service_endpoints": [
            {
                "domain_name": "" if numeric else listed.host,
                "ip_address_v4": listed.host if numeric else "",
                "port": listed.port,
            }
        ],
        "stake": 0,
        "stake_not_rewarded": 0,
        "stake_rewarded": 0,
        "staking_period": None,
        "timestamp": {"from": stamp(0), "to": None},
    }


def exchange_rate(now_ns: int) -> Json:
    """The answer of /network/exchangerate."""
    until = (now_ns // NANOS // 3600 + 1) * 3600
    rate = {"cent_equivalent": CENT_EQUIV, "hbar_equivalent": HBAR_EQUIV}
    return {
        "current_rate": {**rate, "expiration_time": until},
        "next_rate": {**rate, "expiration_time": until + 3600},
        "timestamp": stamp(now_ns),
    }


def block(until_ns: int) -> Json:
    """The last closed block: two seconds each, counted from 1970. Its end is how far the mirror has come."""
    number = until_ns // (2 * NANOS)
    return {
        "count": 0,
        "gas_used": 0,
        "hapi_version": "0.70.0",
        "hash": "0x" + f"{number:096x}",
        "logs_bloom": "0x",
        "name": f"{stamp(until_ns).replace('.', '_')}Z.rcd.gz",
        "number": number,
        "previous_hash": "0x" + f"{number - 1:096x}",
        "size": 0,
        "timestamp": {"from": stamp(until_ns - 2 * NANOS), "to": stamp(until_ns)},
    }
