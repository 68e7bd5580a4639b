"""Makes the parts of an emulator, connects them, and opens its ports."""
