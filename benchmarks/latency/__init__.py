"""How long a decision takes: from the append of an event to the append of its decision."""
