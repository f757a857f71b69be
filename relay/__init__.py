"""Relay: a self-hosted, non-custodial, real-time micropayment relay. Start reading at relay/relay.py."""
