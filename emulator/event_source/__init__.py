"""Event source mappings from SQS: batches of messages go to a function, and are deleted or returned afterwards."""
