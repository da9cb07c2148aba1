"""nginx as docs/deploy/nginx.conf has it, in front of processes on this machine."""

import os
import re
import signal
import socket
import subprocess
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Self

from tests.ports import free_port
from tests.product import ROOT
from tests.servers import STARTS_WITHIN, _Process

CONFIGURATION = ROOT / "docs" / "deploy" / "nginx.conf"
UPSTREAMS = re.compile(r"server (172\.31\.240\.\d+:8000) ")


class NginxServer(_Process):
    """`changes` are made in the text of the configuration, each exactly once."""

    def __init__(
        self, directory: Path, ports: Sequence[int], changes: Mapping[str, str] | None = None
    ) -> None:
        self.directory = directory
        self.port = free_port()
        text = CONFIGURATION.read_text()
        upstreams = [f"127.0.0.1:{port}" for port in ports]
        here = dict(zip(UPSTREAMS.findall(text), upstreams, strict=True))
        # One process is enough for a test, and as root it would otherwise give up its files.
        here |= {
            "listen 8080": f"listen 127.0.0.1:{self.port}",
            "worker_processes auto": "worker_processes 1",
        }
        if not os.getuid():
            here["pid nginx.pid;"] = "pid nginx.pid; user root;"
        for old, new in {**here, **(changes or {})}.items():
            assert text.count(old) == 1, f"{old!r} is in {CONFIGURATION.name} {text.count(old)} times"
            text = text.replace(old, new)
        directory.mkdir(parents=True, exist_ok=True)
        (directory / "nginx.conf").write_text(text)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def log(self) -> str:
        return (self.directory / "nginx.log").read_text(errors="replace")

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.kill()

    def test(self) -> str:
        """What `nginx -t` says against it; nothing where it is content."""
        said = subprocess.run([*self._command(), "-t", "-q"], check=False, capture_output=True, text=True)
        return said.stderr

    def start(self) -> None:
        """Returns once it listens, whether or not there is anything behind it."""
        assert self._process is None, "it is running already"
        with (self.directory / "nginx.log").open("ab") as log:
            self._process = subprocess.Popen(
                [*self._command(), "-g", "daemon off;"],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        deadline = time.monotonic() + STARTS_WITHIN
        while not self._listens():
            if not self.is_running or time.monotonic() > deadline:
                self.kill()
                raise AssertionError(f"nginx did not start:\n{self.log[-2000:]}")
            time.sleep(0.02)

    def kill(self) -> None:
        """All of it at once, as the end of its container is: workers outlive a master that is killed."""
        self._tell_all(signal.SIGKILL)
        super().kill()

    def freeze(self) -> None:
        self._tell_all(signal.SIGSTOP)

    def thaw(self) -> None:
        self._tell_all(signal.SIGCONT)

    def _tell_all(self, signal_: signal.Signals) -> None:
        with suppress(ProcessLookupError):
            if self._process:
                os.killpg(self._process.pid, signal_)

    def reload(self) -> None:
        os.kill(self.pid, signal.SIGHUP)

    def _command(self) -> list[str]:
        # Before it has read where to log, it would open a file of the system's.
        return ["nginx", "-p", f"{self.directory}/", "-c", "nginx.conf", "-e", "stderr"]

    def _listens(self) -> bool:
        with socket.socket() as probe:
            return probe.connect_ex(("127.0.0.1", self.port)) == 0
