"""`facepipe bench`: how fast the parts are, measured so that the figures can be published."""
