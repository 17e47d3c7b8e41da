"""The simulated shop, checked by a reader that shares no code with it."""
