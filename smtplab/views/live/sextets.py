"""Live base64: type, point, decode, and cut into blocks. The page computes by itself.

Once it is there it needs no kernel. What it says of this Python's decoder was measured here.
"""

import platform
from base64 import b64encode
from typing import Any, ClassVar

from ...lab import Base64, Blocks
from ...lab.sextets import python_does
from .. import texts
from ..html import INVISIBLE
from . import Live

__all__ = ["Model"]

MAX_OCTETS = 16_384
SHOWN_CONTROLS = "\n"  # which a text field can hold as it is


class Model(Live):
    name: ClassVar[str] = "sextets"
    words: ClassVar[dict[str, Any]] = texts.LIVE_BASE64

    def first(self, thing: Base64 | Blocks) -> dict[str, Any]:
        picture = thing.source if isinstance(thing, Blocks) else thing
        data = picture.data[:MAX_OCTETS]
        return {
            "octets": b64encode(data).decode("ascii"),
            "total": len(picture.data),
            "hex": not typeable(data),
            "blocks": thing.size if isinstance(thing, Blocks) else 0,
            "decoder": python_does(),
            "python": platform.python_version(),
        }


def typeable(data: bytes) -> bool:
    """Whether a text field can show these octets and give the same ones back."""
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return not INVISIBLE.search(text.replace(SHOWN_CONTROLS, ""))
