"""Worth: what a run's decisions brought, and what those of another configuration would have."""
