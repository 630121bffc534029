"""The reference client, one module a lesson, with the standard library alone."""
