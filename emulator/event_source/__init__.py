"""Lambda's SQS trigger: messages in batches to a function, and back or away as AWS does it."""
