"""Tests of `rtm_flows.report`."""
