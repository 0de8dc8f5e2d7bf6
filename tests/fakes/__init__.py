"""Strict servers that stand in for the platforms, on loopback, with faults on demand."""
