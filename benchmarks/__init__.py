"""CPU, memory and latency of streamkit, measured beside other libraries in one run: ``python -m benchmarks``."""
