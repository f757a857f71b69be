"""`python -m tests.bench`: what a payment costs the relay, and what the relay costs a payment.

Four kinds of process, on separate cores where the machine has them:

    load.py ──websocket──▶ the server measured (one of fleet.py's) ──gRPC──▶ stub_node.py
       └──────────────────────────────gRPC, for comparison─────────────────────▶┘
    measure.py             starts them for each section of each round, goes on after a failure
    process.py proc.py     one of them; what the kernel says of it

    sender.py crowd.py slow_reader.py between.py ledger.py weight.py figures.py evm.py x402.py    what is measured
    fleet.py servers.py    what is measured on: ours as it is, ours bare (bare_relay.py), a Node relay (peer/)
    wire.py                a Socket.IO client that costs little; load.py drives many
    report.py plot.py      medians and spread as Markdown, JSON and a picture; method.py says what they are
    guard.py               this run's ratios against baseline.json

CPU time per item is the figure to believe on a machine that is shared; rates and latencies need one to themselves.

To add a figure: a line in `FIGURES` and a function that returns its value for one round; a peer's value is `name@peer`.
To add a peer: a class with the members of `servers.Server`, made in `Fleet.make`.
"""
