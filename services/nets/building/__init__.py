"""Makes the files of the nets: published weights in, plans and compiled kernels out. No function imports it."""
