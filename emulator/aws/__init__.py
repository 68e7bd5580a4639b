"""Facts about AWS, each written once: limits, ARNs, names, error messages. Imports no other package of ours."""
