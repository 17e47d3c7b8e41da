"""Tests of `rtm_flows.operators`."""
