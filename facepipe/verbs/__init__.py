"""The verbs of the command line, by what they are about: each reads its options and calls the part that owns the work.

Imports of the parts are inside the verbs: `facepipe --help` must not wait for neural networks.
"""
