"""The first process of every environment, in containers and in local mode: runs the function behind an engine.

Standard library only, Python 3.8 or newer, nothing else of this project: it is added as one archive to images
that do not contain it. The emulator's end of the connection is link.py; docs/supervisor.md has the messages.
"""
