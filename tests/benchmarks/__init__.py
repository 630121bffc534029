"""What the lab costs, beside what else takes mail: `python -m tests.benchmarks` prints a table."""
