"""A PostgreSQL that pods share: on a loopback port, with a password; it can be killed, started again and stopped in its tracks."""

import pathlib
import subprocess

from database import Queries

SCRIPT = pathlib.Path(__file__).resolve().parents[1] / "support" / "private-postgres.sh"


class SharedDatabase(Queries):
    """One database of it."""

    def __init__(self, server, name):
        super().__init__()
        self.server = server
        self.name = name

    @property
    def connection(self):
        # By the socket, which asks for no password.
        said = self.server.said
        return ["-h", said["host"], "-p", said["port"], "-U", said["user"], "-d", self.name]

    @property
    def url(self):
        said = self.server.said
        return f"postgres://{said['user']}:{self.server.password}@127.0.0.1:{said['port']}/{self.name}"

    def dump(self):
        """Everything that is in it, as text."""
        answer = subprocess.run([f"{self.server.said['bin']}/pg_dump", *self.connection], text=True, capture_output=True,
                                timeout=120)
        assert answer.returncode == 0, answer.stderr
        return answer.stdout


class PrivatePostgres:
    def __enter__(self):
        self.script = subprocess.Popen([SCRIPT, "--tcp"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
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

    def database(self, name):
        """A new one, empty."""
        SharedDatabase(self, "postgres").execute(f"CREATE DATABASE {name}")
        return SharedDatabase(self, name)

    def _say(self, word, answer):
        self.script.stdin.write(f"{word}\n")
        self.script.stdin.flush()
        assert self.script.stdout.readline() == f"{answer}\n"

    def kill(self):
        """All of its processes, with SIGKILL; returns when they are dead."""
        self._say("kill", "killed")

    def start(self):
        self.script.stdin.write("start\n")
        self.script.stdin.flush()
        self._listen()

    def pause(self):
        """It answers nobody, and hangs up on nobody either."""
        self._say("pause", "paused")

    def resume(self):
        self._say("resume", "resumed")
