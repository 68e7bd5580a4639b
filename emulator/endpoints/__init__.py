"""The emulator's ports for SQS and for functions."""
