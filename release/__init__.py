"""Makes a release: verifies that a checkout is ready, builds everything twice and compares."""
