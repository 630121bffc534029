"""Firefox, as Debian has it: a few commands of WebDriver BiDi, which it speaks by itself.

Playwright drives a Firefox of its own, and no other. https://w3c.github.io/webdriver-bidi/
"""

import base64
import json
import os
import re
import subprocess
import time
from pathlib import Path
from typing import Any

import websocket

PATIENCE = 120  # seconds
# What is left of Firefox's own traffic once it is driven by another program.
QUIET = {
    "app.update.disabledForTesting": True,
    "media.gmp-manager.updateEnabled": False,
    "services.settings.server": "data:,#remote-settings-dummy/v1",
}


class Firefox:
    """One window without a screen. Names under `localhost` are this machine, whatever a server
    of names would say, and its ports 80 and 443 are this one.
    """

    def __init__(self, program: str, folder: Path, port: int) -> None:
        self.log = folder / "names.moz_log"
        self.read = 0  # how much of the log has been looked at
        self.number = 0
        prefs = QUIET | {"network.socket.forcePort": f"80={port};443={port}"}
        said = (f"user_pref({json.dumps(n)}, {json.dumps(v)});\n" for n, v in prefs.items())
        (folder / "user.js").write_text("".join(said))
        self.program = subprocess.Popen(
            [program, "--headless", "--remote-debugging-port=0", "--profile", str(folder)],
            # The log names every host that is looked up, before anybody is asked for it.
            env=os.environ | {"HOME": str(folder), "MOZ_LOG": "sync,nsHostResolver:5",
                              "MOZ_LOG_FILE": str(self.log), "MOZ_REMOTE_SETTINGS_DEVTOOLS": "1"},
            stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        )  # fmt: skip
        place = folder / "WebDriverBiDiServer.json"
        until = time.monotonic() + PATIENCE
        while not (place.exists() and place.read_text().endswith("}")):
            assert self.program.poll() is None, "Firefox has ended"
            assert time.monotonic() < until, "Firefox does not say where it listens"
            time.sleep(0.05)
        address = f"ws://127.0.0.1:{json.loads(place.read_text())['ws_port']}/session"
        self.socket = websocket.create_connection(address, PATIENCE, suppress_origin=True)
        self._ask("session.new", capabilities={})
        self.tab = self._ask("browsingContext.getTree")["contexts"][0]["context"]

    def _ask(self, method: str, **params: Any) -> Any:
        self.number += 1
        self.socket.send(json.dumps({"id": self.number, "method": method, "params": params}))
        while (said := json.loads(self.socket.recv())).get("id") != self.number:
            pass  # an event
        assert "result" in said, said
        return said["result"]

    def goto(self, url: str) -> None:
        self._ask("browsingContext.navigate", context=self.tab, url=url, wait="complete")

    def evaluate(self, expression: str) -> Any:
        """What some JavaScript gives, a promise or not: a text or a number."""
        said = self._ask("script.evaluate", expression=expression, awaitPromise=True,
                         target={"context": self.tab})  # fmt: skip
        assert said["type"] == "success", said
        return said["result"].get("value")

    def screenshot(self, file: Path) -> None:
        said = self._ask("browsingContext.captureScreenshot", context=self.tab)
        file.write_bytes(base64.b64decode(said["data"]))

    def looked_up(self) -> set[str]:
        """Hosts of hostile letters whose names were looked up since the last call."""
        said = self.log.read_text(errors="replace")
        new, self.read = said[self.read :], len(said)
        return set(re.findall(r"Resolving host \[([a-z0-9-]+)\.evil\.localhost", new))

    def close(self) -> None:
        self.socket.close()
        self.program.terminate()
        self.program.wait()
