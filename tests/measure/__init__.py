"""Tests of `rtm_flows.measure`."""
