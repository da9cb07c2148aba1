"""Whoever hosts the product has no FastAPI, which is here for a yardstick of the benchmarks alone. taskiq looks for it at
each start, and loading it takes a quarter of a second."""

raise ImportError("not for the product")
