"""Overview: what one run took in, decided and learned, added up from its files in one pass."""
