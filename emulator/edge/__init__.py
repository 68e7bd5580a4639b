"""The edge of the emulator's ports: who is let in, how much is read of what they send, and for how long."""
