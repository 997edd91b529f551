"""Benchmarks: how fast, against whom, and how far from what the machine allows."""
