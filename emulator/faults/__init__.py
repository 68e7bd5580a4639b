"""Faults on demand: what goes wrong on AWS now and then goes wrong here when a user says so."""
