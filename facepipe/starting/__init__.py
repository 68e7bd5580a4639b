"""Writes a template for a project that has none: from its handlers, its Dockerfiles and the queues its code names."""
