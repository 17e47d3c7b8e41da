"""Chaos: whole jobs between real topics, disturbed at random; what comes out must not differ."""
