"""The first process of every environment, in containers and in local mode: runs the function behind an engine.

Standard library only, Python 3.8 or newer, nothing else of this project: it is brought into images that know nothing of
it, as one archive. The emulator's end of the connection is link.py; docs/architecture.md has the messages.
"""
