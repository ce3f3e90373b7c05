"""Benchmarks of corecast beside its peers; see `bench/run`.

Each benchmark is a module with `run(context) -> list[Figure]`. Peers live in a virtual
environment of their own; scripts that run inside it are the `*_worker.py` files, which
import nothing of this package.
"""
