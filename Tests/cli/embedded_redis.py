"""The embedded Redis of a data folder, from outside: its processes."""

import os
import pathlib
import signal

from waiting import until


class EmbeddedRedis:
    def __init__(self, data):
        self.home = data / "redis"

    def processes(self):
        found = []
        for path in pathlib.Path("/proc").glob("[0-9]*"):
            try:
                if os.readlink(path / "cwd") == str(self.home) and b"redis-server" in (path / "cmdline").read_bytes():
                    found.append(int(path.name))
            except OSError:
                continue  # it ended while we looked, or is somebody else's
        return found

    def kill(self):
        """Every process of it; returns them when they are gone."""
        killed = self.processes()
        for process in killed:
            os.kill(process, signal.SIGKILL)
        until(lambda: not set(killed) & set(self.processes()), "Redis is dead")
        return killed
