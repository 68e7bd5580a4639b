"""The guard in front of debugpy's adapter."""
