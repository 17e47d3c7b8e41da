"""The steps as Bytewax operators: thin, one a file; the core they run is `rtm_flows.lanes`."""
