"""`python -m relay.devnet [--port N] [--mirror-port N] [--consensus-ms N]`: what `relay devnet` runs."""

from __future__ import annotations

import argparse
import asyncio
import sys

from relay.devnet.command import serve

if __name__ == "__main__":
    parser = argparse.ArgumentParser(prog="python -m relay.devnet", description="A Hedera network for development.")
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=50211, help="gRPC of node 0.0.3; 0 picks a free one")
    parser.add_argument("--mirror-port", type=int, default=0, help="REST of the mirror; 0 picks a free one")
    parser.add_argument("--consensus-ms", type=int, default=300, help="from precheck to receipt")
    options = parser.parse_args()
    try:
        asyncio.run(serve(options.host, options.port, options.mirror_port, options.consensus_ms))
    except OSError as error:
        sys.exit(f"devnet: cannot listen on {error.filename}: {error.strerror}; port 0 picks a free one")
