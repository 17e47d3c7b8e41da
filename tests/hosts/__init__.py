"""Jobs over several hosts: network namespaces with addresses of their own, on this machine."""
