"""One module per kind of chain, named after its CAIP-2 namespace (relay/chain.py says how to add one)."""
