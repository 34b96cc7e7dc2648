"""A server of a test's own, by a script of Tests/support; it ends with the test, however that ends."""

import pathlib
import subprocess

SUPPORT = pathlib.Path(__file__).resolve().parents[1] / "support"


class PrivateServer:
    """`said` is what the script says of it: host, port, password..."""

    def __init__(self, script, *arguments):
        self.command = [SUPPORT / script, *arguments]

    def __enter__(self):
        self.script = subprocess.Popen(self.command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
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

    def _say(self, word):
        self.script.stdin.write(f"{word}\n")
        self.script.stdin.flush()

    def _ask(self, word, answer):
        self._say(word)
        assert self.script.stdout.readline() == f"{answer}\n"

    @property
    def password(self):
        return self.said["password"]

    def kill(self):
        """All of its processes, with SIGKILL; returns when they are dead."""
        self._ask("kill", "killed")

    def start(self):
        """Again, after `kill`."""
        self._say("start")
        self._listen()

    def pause(self):
        """It answers nobody, and hangs up on nobody either."""
        self._ask("pause", "paused")

    def resume(self):
        self._ask("resume", "resumed")
