"""Simulates what a template's functions and queues would do on AWS at a load (a discrete-event simulation)."""
