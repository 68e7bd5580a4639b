"""The edge of the emulator's ports: which requests are allowed, how much of them is read, and for how long."""
