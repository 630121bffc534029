"""A real JupyterHub with its real proxy: several users at once, and none meets another."""

import json
import os
import secrets
import shutil
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import websocket

from smtplab.exercises import LESSONS
from smtplab.student import notebooks as files

from . import cells
from .conftest import ROOT, absent, at_home, copied

pytestmark = pytest.mark.timeout(300)

HUB = ROOT / "build" / "hub"  # see README, Tests
PROXY = HUB / "node_modules" / "configurable-http-proxy" / "bin" / "configurable-http-proxy"
USERS = ("ada", "ben", "cleo")
HANGS = 120  # seconds
(LESSON,) = (each for each in LESSONS if each.slug == "dialogue")
CONFIG = """
import sys
c.JupyterHub.bind_url = "http://127.0.0.1:{port}"
c.JupyterHub.hub_port = {hub}
c.JupyterHub.authenticator_class = "dummy"
c.JupyterHub.allow_all = c.Authenticator.allow_all = True
c.JupyterHub.spawner_class = "simple"
c.JupyterHub.db_url = "sqlite://"
c.JupyterHub.services = [{{"name": "tests", "api_token": "{token}"}}]
c.JupyterHub.load_roles = [{{
    "name": "tests", "services": ["tests"],
    "scopes": ["admin:users", "admin:servers", "access:servers"],
}}]
c.ConfigurableHTTPProxy.command = ["node", {proxy!r}]
c.ConfigurableHTTPProxy.api_url = "http://127.0.0.1:{api}"
c.SimpleLocalProcessSpawner.home_dir_template = {home!r} + "/{{username}}"
c.Spawner.cmd = [sys.executable, "-m", "jupyterhub.singleuser"]
c.Spawner.args = ["--allow-root"]
c.Spawner.environment = {environment!r}
"""
# What a user's kernel tells when the lesson has been run: the ports of its labs, whose mail lies in
# the last of them, and which files have come into its folder.
TELL = """
import gc, json, os
from smtplab import Lab
labs = [each for each in gc.get_objects() if type(each) is Lab]
ports = [each.address(port)[1] for each in labs for port in (25, 465, 587)]
here = Lab()
import smtplib
with smtplib.SMTP(*here.address(25)) as client:
    client.sendmail("a@lab.test", ["lin@lab.test"], f"Subject: {os.getcwd()}\\r\\n\\r\\n")
print(json.dumps([ports, [each.subject for each in here.mailbox], os.getcwd(),
                  sorted(os.listdir())]))
"""


@dataclass
class Hub:
    address: str
    token: str
    home: Path

    def ask(self, path: str, method: str = "GET", body: Any = None) -> Any:
        """What the hub, or a user's server behind it, answers."""
        request = urllib.request.Request(
            self.address + path,
            method=method,
            data=None if body is None else json.dumps(body).encode(),
            headers={"Authorization": f"token {self.token}"},
        )
        with urllib.request.urlopen(request, timeout=HANGS) as answer:
            return json.loads(answer.read() or "null")

    def start(self, user: str) -> None:
        """Start a user's own server, and wait until it answers."""
        self.ask(f"/hub/api/users/{user}", "POST")
        self.ask(f"/hub/api/users/{user}/server", "POST")
        give_up = time.monotonic() + HANGS
        while not self.ask(f"/hub/api/users/{user}")["servers"].get("", {}).get("ready"):
            assert time.monotonic() < give_up
            time.sleep(0.2)

    def run(self, user: str, texts: list[str]) -> list[str]:
        """Run cells in a kernel of the user's, through the proxy; what each prints."""
        kernel = self.ask(f"/user/{user}/api/kernels", "POST", {"name": "python3"})["id"]
        address = self.address.replace("http", "ws", 1)
        line = websocket.create_connection(
            f"{address}/user/{user}/api/kernels/{kernel}/channels",
            header={"Authorization": f"token {self.token}"},
            timeout=HANGS,
        )
        try:
            return [executed(line, text) for text in texts]
        finally:
            line.close()


def executed(line: Any, text: str) -> str:
    """Run one cell; what it prints. An error in it fails the test."""
    asked = secrets.token_hex(8)
    header = {"msg_id": asked, "msg_type": "execute_request", "version": "5.3"}
    content = {"code": text, "silent": False, "store_history": True, "allow_stdin": False,
               "user_expressions": {}, "stop_on_error": True}  # fmt: skip
    line.send(json.dumps({"header": header, "parent_header": {}, "metadata": {},
                          "content": content, "channel": "shell"}))  # fmt: skip
    printed = ""
    while True:
        came = json.loads(line.recv())
        if came["parent_header"].get("msg_id") != asked:
            continue
        assert came["msg_type"] != "error", came["content"]
        if came["msg_type"] == "stream":
            printed += came["content"]["text"]
        if came["msg_type"] == "status" and came["content"]["execution_state"] == "idle":
            return printed


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port: int = listener.getsockname()[1]
        return port


@pytest.fixture
def hub(tmp_path: Path) -> Iterator[Hub]:
    if not (HUB / "jupyterhub").is_dir() or not PROXY.is_file() or not shutil.which("node"):
        absent(f"there is no JupyterHub with its proxy in {HUB}")
    home, token, port = tmp_path / "home", secrets.token_hex(16), free_port()
    home.mkdir()
    environment = at_home(home) | {"PYTHONPATH": os.pathsep.join([str(ROOT), str(HUB)])}
    config = tmp_path / "jupyterhub_config.py"
    config.write_text(
        CONFIG.format(
            port=port, hub=free_port(), api=free_port(), token=token, proxy=str(PROXY),
            home=str(home),
            environment={k: environment[k] for k in ("PYTHONPATH", "SMTPLAB_LANGUAGE")},
        )
    )  # fmt: skip
    heard = (tmp_path / "hub.log").open("w")
    process = subprocess.Popen(
        [sys.executable, "-m", "jupyterhub", "-f", str(config)],
        cwd=tmp_path, env=environment, stdout=heard, stderr=subprocess.STDOUT,
    )  # fmt: skip
    served = Hub(f"http://127.0.0.1:{port}", token, home)
    try:
        give_up = time.monotonic() + HANGS
        while True:
            try:
                served.ask("/hub/api/")
                break
            except OSError as error:
                if isinstance(error, urllib.error.HTTPError):
                    error.close()
                said = (tmp_path / "hub.log").read_text()
                assert process.poll() is None and time.monotonic() < give_up, said
                time.sleep(0.2)
        yield served
    finally:
        process.terminate()  # with it go the proxy, and each user's server
        process.wait(HANGS)
        heard.close()


def test_each_user_of_a_hub_has_a_lab_and_a_folder_alone(hub: Hub) -> None:
    texts = [cells.source(cell) for cell in cells.code_cells(cells.solved(LESSON))
             if "raises-exception" not in cells.tags(cell)]  # fmt: skip

    def attend(user: str) -> Any:
        folder = hub.home / user / "notebooks"
        folder.mkdir(parents=True)
        copied(folder)
        hub.start(user)
        texts_there = [f"import os; os.chdir({str(folder)!r})", *texts, TELL]
        return json.loads(hub.run(user, texts_there)[-1].splitlines()[-1])

    with ThreadPoolExecutor(len(USERS)) as pool:
        told = list(pool.map(attend, USERS))
    every = [port for ports, *_ in told for port in ports]
    assert len(every) == len(set(every)) >= 3 * len(USERS)
    for user, (_, subjects, folder, listed) in zip(USERS, told, strict=True):
        assert folder == str(hub.home / user / "notebooks")
        assert subjects == [folder]
        assert {"my_client.py", "progress.json"} <= set(listed)
        kept = (Path(folder) / "my_client.py").read_text(encoding="utf-8")
        for exercise in LESSON.exercises:
            assert files.defines(exercise.name, kept)
