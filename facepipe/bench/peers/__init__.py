"""Measures facepipe beside other programs that run Lambda functions and SQS on one machine: `facepipe bench peers`."""
