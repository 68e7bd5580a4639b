"""Measurements, each one command: what is printed is what was measured."""
