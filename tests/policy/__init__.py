"""Tests of `rtm_flows.policy`."""
