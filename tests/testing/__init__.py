"""Tests of `rtm_flows.testing`."""
