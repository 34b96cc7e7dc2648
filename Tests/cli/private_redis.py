"""A Redis that pods share: it can be killed and started again."""

import pathlib
import subprocess

SCRIPT = pathlib.Path(__file__).resolve().parents[1] / "support" / "private-redis.sh"


class PrivateRedis:
    """On a loopback port, with a password."""

    def __enter__(self):
        self.script = subprocess.Popen([SCRIPT, "--tcp", "--password"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        self._listen()
        return self

    def __exit__(self, *_):
        self.script.stdin.close()
        self.script.wait(timeout=60)
        self.script.stdout.close()

    def _listen(self):
        words = self.script.stdout.readline().split()
        assert words and words[0] == "ready", words
        self.said = dict(word.split("=", 1) for word in words[1:])

    @property
    def password(self):
        return self.said["password"]

    @property
    def url(self):
        return f"redis://:{self.password}@127.0.0.1:{self.said['port']}/0"

    def kill(self):
        """With SIGKILL; returns when it is dead."""
        self.script.stdin.write("kill\n")
        self.script.stdin.flush()
        assert self.script.stdout.readline() == "killed\n"

    def start(self):
        """Again, without its data."""
        self.script.stdin.write("start\n")
        self.script.stdin.flush()
        self._listen()
