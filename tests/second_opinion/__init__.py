"""The bot against platforms that others imitate: what we and they read differently is in
docs/second-opinion.md.
"""
