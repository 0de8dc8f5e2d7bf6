"""Whole journeys: a real client, a strict fake platform, real stores."""
