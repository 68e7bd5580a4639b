"""The nets: how they run on this project's own kernels, and in `building/` and `kernels/` how they are made."""
