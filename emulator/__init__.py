"""The stand-in for AWS: makes a template of image functions, queues, function URLs and SQS mappings run here."""
