"""Compares a server of Lambda's and SQS's APIs with recorded behaviour of AWS, case by case: docs/conformance.md."""
