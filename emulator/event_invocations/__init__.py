"""Asynchronous invocations: accepted and kept, made later, retried, and their ends told to queues and functions."""
