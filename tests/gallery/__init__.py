"""Pictures of what a subscriber sees, as pages: made from what the fake platforms were sent."""
