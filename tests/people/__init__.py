"""Tests of `rtm_flows.people`."""
