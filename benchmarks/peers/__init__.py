"""Other libraries beside streamkit, each in an environment of its own: ``python -m benchmarks.peers``."""
