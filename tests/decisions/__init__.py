"""Tests of `rtm_flows.decisions`."""
