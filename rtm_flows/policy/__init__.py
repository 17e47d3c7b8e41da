"""Policy: who may be contacted how often, and which people are treated otherwise on purpose."""
