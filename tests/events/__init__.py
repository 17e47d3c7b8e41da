"""Tests of `rtm_flows.events`."""
