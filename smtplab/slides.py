"""A lesson as live slides: what jupyterlab-rise is told, and what it lacks.

jupyterlab-rise shows a notebook with reveal.js, each cell on the slide that its metadata says
(`slideshow.slide_type`). Its page has JupyterLab's extensions, but not JupyterLab's console, which
the extension that shows widgets asks for: without it no view lives. So an extension of ours, which
is nothing else, stands for it (`slides.js`).
"""

from __future__ import annotations

import json
import shutil
from pathlib import Path

__all__ = ["PACKAGE", "bring"]

PACKAGE = "jupyterlab-rise==0.43.1"
NAME = "smtplab-slides"


def bring(own: Path) -> dict[str, object]:
    """Put the extension where Jupyter finds it, when own is on JUPYTER_PATH.

    Return the settings of jupyterlab-rise: no motion, and a theme that loads no fonts from
    anywhere. What is laid over each slide is no more than a style.
    """
    static = own / "labextensions" / NAME / "static"
    static.mkdir(parents=True)
    here = Path(__file__)
    shutil.copy(here.with_suffix(".js"), static)
    about = {
        "name": NAME,
        "version": "1.0.0",
        "jupyterlab": {"_build": {"load": "static/slides.js"}},
    }
    (static.parent / "package.json").write_text(json.dumps(about), encoding="utf-8")
    told = {
        "theme": "white",
        "transition": "none",
        "slideNumber": "c/t",
        "center": False,
        "start_slideshow_at": "beginning",
        "overlay": f"<style>{here.with_suffix('.css').read_text(encoding='utf-8')}</style>",
    }
    return {"jupyterlab-rise:plugin": told}
