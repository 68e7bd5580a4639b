"""The functions' environments: a pool for each function, with at most one call in flight in each environment."""
