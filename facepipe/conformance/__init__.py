"""What AWS was seen to do, as cases that any server of Lambda's and SQS's APIs can be asked: docs/conformance.md."""
