"""Unary gRPC calls to one node over HTTP/2 of our own: what grpc.aio does, at a fraction of its cost.

frames.py      what is on the wire: frames, settings, error codes (RFC 9113)
hpack.py       header blocks (RFC 7541), huffman.py beneath it
"""
