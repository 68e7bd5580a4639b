"""What the nets and kernels are compared with, in tests and in measurements; no function ever imports it."""
