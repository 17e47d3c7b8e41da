"""Tests of `rtm_flows.cli`."""
