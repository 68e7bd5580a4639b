"""The emulator: runs a template's image functions, queues, function URLs and SQS mappings on this machine."""
