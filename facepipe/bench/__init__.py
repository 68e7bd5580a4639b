"""Measurements that one command repeats: each prints its figures, and leaves them as JSON and as a picture."""
