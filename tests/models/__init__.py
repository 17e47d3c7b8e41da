"""Tests of `rtm_flows.models`."""
