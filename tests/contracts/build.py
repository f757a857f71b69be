"""Compiles the contracts of this folder and writes each one's ABI and bytecode beside it.

python -m tests.contracts.build      # after a change; test_contracts.py fails while they differ
"""

from __future__ import annotations

import json
import shutil
import subprocess
import tempfile
from pathlib import Path

from relay.errors import Misconfigured

FOLDER = Path(__file__).parent
SOLC = FOLDER / "node_modules" / "solc" / "solc.js"
SOURCES = sorted(FOLDER.glob("*.sol"))
DEMO_TOKEN = FOLDER.parents[1] / "relay" / "devchain" / "TestUSDC.json"  # what `relay demo` deploys, without tests/
SETTINGS = {
    "optimizer": {"enabled": True, "runs": 200},
    "evmVersion": "shanghai",  # no newer: the chains of the tests run whatever hard fork they are told to
    "metadata": {"appendCBOR": False, "bytecodeHash": "none"},  # a changed comment is not changed code
    "outputSelection": {"*": {"*": ["abi", "evm.bytecode.object", "evm.deployedBytecode.object"]}},
}


def installed() -> bool:
    return SOLC.exists() and shutil.which("node") is not None


def compiled() -> dict[str, dict[str, object]]:
    """Each contract of this folder that can be deployed: `abi`, `bytecode` to deploy it, `runtime` to etch it."""
    sources = {file.name: {"content": file.read_text()} for file in SOURCES}
    wish = {"language": "Solidity", "sources": sources, "settings": SETTINGS}
    with tempfile.TemporaryFile("w+") as file:  # a pipe would be cut off at 64 KiB: solc.js exits before it is empty
        subprocess.run(
            ["node", str(SOLC), "--standard-json"], input=json.dumps(wish), stdout=file, text=True, check=True
        )
        file.seek(0)
        said = file.read()
    answer = json.loads(said[said.index("{") :])  # a line about SMT solvers comes first
    wrong = [error["formattedMessage"] for error in answer.get("errors", []) if error["severity"] == "error"]
    if wrong:
        raise Misconfigured("\n".join(wrong))
    found = {}
    for contracts in answer["contracts"].values():
        for name, contract in contracts.items():
            code, runtime = (contract["evm"][part]["object"] for part in ("bytecode", "deployedBytecode"))
            if code and contract["abi"]:  # neither an interface nor a library that is part of others
                found[name] = {"abi": contract["abi"], "bytecode": f"0x{code}", "runtime": f"0x{runtime}"}
    return found


def shown(contract: dict[str, object]) -> str:
    return json.dumps(contract, indent=None, separators=(",", ":"), sort_keys=True) + "\n"


if __name__ == "__main__":
    for name, contract in compiled().items():
        (FOLDER / f"{name}.json").write_text(shown(contract))
        print(name, len(str(contract["runtime"])) // 2 - 1, "bytes")
    DEMO_TOKEN.parent.mkdir(exist_ok=True)
    shutil.copy(FOLDER / "TestUSDC.json", DEMO_TOKEN)
