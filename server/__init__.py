"""Entry points: the public server, the worker and the command line."""
