"""Real servers for tests, private and on free ports: import their fixtures in a conftest.py."""
