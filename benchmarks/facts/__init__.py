"""What a domain expert would check: 58 stylised facts, each with its target and what the shipped code gives.

python -m benchmarks.facts V51 says one, without ids all; see `__main__`.
"""
