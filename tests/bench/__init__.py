"""`python -m tests.bench`: what a payment costs the relay, and what the relay costs a payment.

Four kinds of process, on separate cores where the machine has them:

    load.py ──websocket──▶ the server measured (`relay serve`, journal on) ──gRPC──▶ stub_node.py
       └──────────────────────────────gRPC, for comparison───────────────────────────▶┘
    __main__.py            starts them, interleaves the rounds, reads CPU time and memory from /proc

    figures.py     what is measured: one small function per measurement, one line per figure
    servers.py     what is measured on: a server that can be started, stopped and asked for its CPU time
    report.py      medians and spread as Markdown and JSON

To add a figure: a line in `FIGURES` and a function that returns its value for one round. To add a peer: a class with
the members of `servers.Server`, and an entry where `__main__.py` makes the rig.
"""
