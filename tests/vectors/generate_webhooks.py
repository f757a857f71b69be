"""Write webhooks.json: signed webhook requests in every profile, for receivers in Python, JavaScript and PHP to replay.

.venv/bin/python -m tests.vectors.generate_webhooks           rewrites the file
.venv/bin/python -m tests.vectors.generate_webhooks --check   exit 1 when the committed file is stale

    {"cases": [{"name", "profile", "secrets", "publicKeys", "timestamp", "headers", "body"}]}
    `headers` and `body` as posted; every one of `secrets` (`publicKeys`) verifies them, unless `valid` is false

The last case is the original server's own, from its plugin's tests.
"""

from __future__ import annotations

import hashlib
import json
import sys
from pathlib import Path
from typing import Any

from relay.channel import Event
from relay.webhook import Keys, Profile
from relay.wire.webhooks import message, public_text, secret_text
from tests.vectors.generate_events import NOW, events

VECTORS = Path(__file__).parent / "webhooks.json"


def keys(name: str) -> Keys:
    digest = hashlib.sha512(f"relay webhook vectors, {name}".encode()).digest()
    return Keys(f"wk_{name}", digest[:32], digest[32:])


NEW, OLD, STRANGER = keys("new"), keys("old"), keys("stranger")


def case(name: str, profile: Profile, event: Event, *signing: Keys, believed: tuple[Keys, ...] = ()) -> dict[str, Any]:
    sent = message(profile, signing, event, NOW)
    shown = believed or signing
    return {
        "name": name,
        "profile": profile.value,
        "secrets": [] if profile is Profile.HEDERA else [secret_text(each) for each in shown],
        "publicKeys": [] if profile is Profile.PEPAY else [public_text(profile, each) for each in shown],
        "timestamp": int(NOW.timestamp()),
        "headers": sent.headers,
        "body": sent.body.decode(),
        "valid": not believed,
    }


def vectors() -> dict[str, Any]:
    told = events()
    settled = told["settled, with the token that opens the content"]
    odd = told["settled, a memo that needs escaping"]
    tampered = case("standard, one digit of the body changed", Profile.STANDARD, settled, NEW) | {"valid": False}
    tampered["body"] = tampered["body"].replace("1000000", "1000001", 1)
    later = case("standard, another timestamp", Profile.STANDARD, settled, NEW) | {"valid": False}
    later["headers"] = later["headers"] | {"webhook-timestamp": str(int(NOW.timestamp()) + 1)}
    return {
        "cases": [
            *(case(f"standard: {name}", Profile.STANDARD, event, NEW) for name, event in told.items()),
            case("standard, two keys during a rotation", Profile.STANDARD, settled, NEW, OLD),
            case("standard, somebody else's key", Profile.STANDARD, settled, NEW, believed=(STRANGER,)),
            tampered,
            later,
            case("hedera-2019", Profile.HEDERA, odd, NEW),
            case("hedera-2019, somebody else's key", Profile.HEDERA, odd, NEW, believed=(STRANGER,)),
            case("pepay", Profile.PEPAY, settled, NEW),
            case("pepay, somebody else's key", Profile.PEPAY, settled, NEW, believed=(STRANGER,)),
            {
                "name": "hedera-2019, as the original server signed",
                "profile": "hedera-2019",
                "secrets": [],
                "publicKeys": ["c3ecd99819731b431b1e5d7b85d132f9566db0b2e7ce155525c75c5671c17487"],
                "timestamp": None,
                "headers": {
                    "Content-Type": "application/json",
                    "Authorization": "Bearer 2db21ebba17003558569717526f5e082ea9e4d5214ef53578b0f401be6a801171ba4882bb5"
                    "f82ac0efb7aaf55919cc995d3eb7f56492aa9f443d3a6c94af920d",
                },
                "body": "{}",
                "valid": True,
            },
        ]
    }


def text() -> str:
    return json.dumps(vectors(), indent=1, ensure_ascii=False) + "\n"


def main() -> int:
    if "--check" in sys.argv:
        return 0 if VECTORS.read_text() == text() else 1
    VECTORS.write_text(text())
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
