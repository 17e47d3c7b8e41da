"""Tests of `rtm_flows.audit`."""
