"""Functions of any project on this machine: where each one's code is, and the virtual environment that it runs in."""
