"""Models: what is learned of people, and how their rows are scored with it."""
