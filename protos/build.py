"""Compile protos/hapi.proto into relay/hapi_pb2.py and .pyi (`make protos`), and refresh upstream.binpb from an SDK.

`upstream.binpb` is a FileDescriptorSet of upstream's HAPI as hiero-sdk-python ships it, cut to the files our messages
come from. It is test material: tests/test_protos.py compares every message of ours with it.
"""

from __future__ import annotations

import importlib
import sys
from pathlib import Path

HERE = Path(__file__).parent
ROOT = HERE.parent


def compile_ours() -> None:
    """Write relay/hapi_pb2.py and its stub; the output is committed, so running this needs only the dev extra."""
    import grpc_tools
    from grpc_tools import protoc

    include = Path(grpc_tools.__path__[0]) / "_proto"  # protoc's own google/protobuf/*.proto
    out = ROOT / "relay"
    failed = protoc.main(
        ["protoc", f"-I{HERE}", f"-I{include}", f"--python_out={out}", f"--pyi_out={out}", str(HERE / "hapi.proto")]
    )
    if failed:
        raise SystemExit("protoc refused protos/hapi.proto; its message is above")


def capture_upstream() -> None:
    """Write upstream.binpb from the descriptors inside an installed hiero-sdk-python."""
    from google.protobuf import descriptor_pb2, descriptor_pool

    services = ["transaction", "transaction_contents", "transaction_response", "query", "response"]
    for name in services:
        importlib.import_module(f"hiero_sdk_python.hapi.services.{name}_pb2")
    importlib.import_module("hiero_sdk_python.hapi.sdk.transaction_list_pb2")
    pool = descriptor_pool.Default()
    files: dict[str, descriptor_pb2.FileDescriptorProto] = {}

    def take(name: str) -> None:
        if name in files:
            return
        found = pool.FindFileByName(name)
        files[name] = descriptor_pb2.FileDescriptorProto()
        found.CopyToProto(files[name])
        for needed in found.dependencies:
            take(needed.name)

    for symbol in ("proto.Transaction", "proto.Query", "proto.Response", "proto.SignedTransaction"):
        take(pool.FindFileContainingSymbol(symbol).name)
    take(importlib.import_module("hiero_sdk_python.hapi.sdk.transaction_list_pb2").DESCRIPTOR.name)
    take(importlib.import_module("hiero_sdk_python.hapi.services.transaction_response_pb2").DESCRIPTOR.name)
    whole = descriptor_pb2.FileDescriptorSet(file=[files[name] for name in sorted(files)])
    (HERE / "upstream.binpb").write_bytes(whole.SerializeToString(deterministic=True))


if __name__ == "__main__":
    if "--upstream" in sys.argv[1:]:
        capture_upstream()
    compile_ours()
