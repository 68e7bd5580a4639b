"""SQS inside the emulator's process: a pure model of the queues, SQS's operations on it, and its file."""
