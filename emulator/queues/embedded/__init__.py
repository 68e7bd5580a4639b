"""SQS in the emulator's own process: a pure model of the queues, their store, and the operations of SQS on them."""
