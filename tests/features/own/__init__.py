"""Tests of `rtm_flows.features.own`."""
