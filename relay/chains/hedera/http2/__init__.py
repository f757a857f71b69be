"""Unary gRPC calls to one node over HTTP/2 of our own: what grpc.aio does, at a seventh of its cost.

frames.py      what is on the wire: frames, settings, error codes (RFC 9113)
hpack.py       header blocks (RFC 7541), huffman.py beneath it
heads.py       what a header block means to a gRPC client, and how a request's is written
call.py        one call and its answer
outgoing.py    requests on their way out: windows, numbers of streams, and what waits for either
incoming.py    frames out of bytes, answers out of frames
usual.py       whole answers that came before
deadlines.py   when calls are given up
connection.py  one connection, from its preface to its end
dialling.py    TCP and TLS up to the first SETTINGS
"""
