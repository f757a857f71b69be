"""A local EVM chain for `relay demo`: anvil, with a token that everybody has plenty of."""
