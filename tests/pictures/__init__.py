"""The pictures of README: what a student sees in JupyterLab, taken from a course that runs."""
