"""Killing the push: run with python -m tests.chaos."""
