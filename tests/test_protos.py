"""protos/hapi.proto names what upstream names, and relay/hapi_pb2.py is what protoc makes of it today."""

from __future__ import annotations

import shutil
from pathlib import Path

import grpc_tools
import pytest
from google.protobuf.descriptor_pb2 import (
    DescriptorProto,
    EnumDescriptorProto,
    FieldDescriptorProto,
    FileDescriptorProto,
    FileDescriptorSet,
)
from grpc_tools import protoc

from relay import hapi_pb2

ROOT = Path(__file__).parent.parent
UPSTREAM = FileDescriptorSet.FromString((ROOT / "protos" / "upstream.binpb").read_bytes())
OURS = FileDescriptorProto.FromString(hapi_pb2.DESCRIPTOR.serialized_pb)


def messages(parent: str, declared: list[DescriptorProto]) -> dict[str, DescriptorProto]:
    """Every message by its name below the package, nested ones as `Outer.Inner`."""
    found = {}
    for message in declared:
        name = f"{parent}{message.name}"
        found[name] = message
        found.update(messages(f"{name}.", list(message.nested_type)))
    return found


def upstream_files() -> list[FileDescriptorProto]:
    return [file for file in UPSTREAM.file if file.package == "proto"]


UPSTREAM_MESSAGES = {
    name: message for file in upstream_files() for name, message in messages("", list(file.message_type)).items()
}
OUR_MESSAGES = messages("", list(OURS.message_type))
UPSTREAM_ENUMS = {enum.name: enum for file in upstream_files() for enum in file.enum_type}
OUR_ENUMS = {enum.name: enum for enum in OURS.enum_type}


def shape(field: FieldDescriptorProto, of: DescriptorProto) -> dict[str, object]:
    """What decides how a field is written and read."""
    in_oneof = field.HasField("oneof_index") and not field.proto3_optional
    return {
        "name": field.name,
        "type": FieldDescriptorProto.Type.Name(field.type),
        "kind": field.type_name.removeprefix(".relay.hapi.").removeprefix(".proto."),
        "label": FieldDescriptorProto.Label.Name(field.label),
        "oneof": of.oneof_decl[field.oneof_index].name if in_oneof else None,
        "optional": field.proto3_optional,
    }


@pytest.mark.parametrize("name", OUR_MESSAGES)
def test_every_field_is_written_as_upstream_writes_it(name):
    theirs = {field.number: shape(field, UPSTREAM_MESSAGES[name]) for field in UPSTREAM_MESSAGES[name].field}
    ours = {field.number: shape(field, OUR_MESSAGES[name]) for field in OUR_MESSAGES[name].field}
    assert ours == {number: theirs.get(number) for number in ours}


def values(enum: EnumDescriptorProto) -> dict[str, int]:
    return {value.name: value.number for value in enum.value}


@pytest.mark.parametrize("name", OUR_ENUMS)
def test_every_enumeration_has_upstreams_values_and_no_others(name):
    assert values(OUR_ENUMS[name]) == values(UPSTREAM_ENUMS[name])


@pytest.mark.parametrize("name", ["hapi_pb2.py", "hapi_pb2.pyi"])
def test_the_generated_module_is_what_protoc_makes_of_the_proto_today(name, tmp_path):
    shutil.copy(ROOT / "protos" / "hapi.proto", tmp_path)
    include = Path(grpc_tools.__path__[0]) / "_proto"
    arguments = [f"-I{tmp_path}", f"-I{include}", f"--python_out={tmp_path}", f"--pyi_out={tmp_path}"]
    assert protoc.main(["protoc", *arguments, str(tmp_path / "hapi.proto")]) == 0
    assert (ROOT / "relay" / name).read_text() == (tmp_path / name).read_text(), "stale: run `python protos/build.py`"
