"""The emulator's connections to the supervisors: they announce environments here, and get the calls."""
