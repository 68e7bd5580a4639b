"""The nets on this project's own kernels (`images/kernels`)."""
