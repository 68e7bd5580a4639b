"""What AWS fixes, written once: limits, ARNs, names, the words of errors. This package imports nothing of ours."""
