"""Tests of `rtm_flows.flows`."""
