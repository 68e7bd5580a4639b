"""Examines a template and the running emulator for problems that would appear on AWS."""
