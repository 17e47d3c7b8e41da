"""Tests of `rtm_flows.connectors`."""
