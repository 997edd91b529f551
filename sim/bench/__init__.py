"""Measuring: how fast the kernels are, against whom, and how far from what the memory delivers."""
