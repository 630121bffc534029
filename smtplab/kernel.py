"""The kernel of the course's own JupyterLab."""

from ipykernel.ipkernel import IPythonKernel

from .command import LANGUAGE

__all__ = ["Kernel"]


class Kernel(IPythonKernel):
    """IPython's, but for what JupyterLab writes of it into each notebook that is opened.

    That has the version of this machine's Python: a lesson would be changed, and have to be
    saved, although nobody has touched it.
    """

    language_info = LANGUAGE
