"""The deterministic core: order, ticks, timers; know, fold and decide. No engine, no clock."""
