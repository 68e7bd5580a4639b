"""Environments as containers that the emulator starts: their images, networks and ends (`facepipe up --docker`).

The library `docker` is imported by the modules that talk to Docker, so that an emulator without it can start.
"""
