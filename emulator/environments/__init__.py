"""The environments of functions: a pool for each function, with one call in flight in each of its environments."""
