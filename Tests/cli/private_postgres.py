"""A PostgreSQL that pods share: on a loopback port, with a password; it can be killed, started again and stopped in its tracks."""

import subprocess

from database import Queries
from private_server import PrivateServer


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


class PrivatePostgres(PrivateServer):
    def __init__(self):
        super().__init__("private-postgres.sh", "--tcp")

    def database(self, name):
        """A new one, empty."""
        SharedDatabase(self, "postgres").execute(f"CREATE DATABASE {name}")
        return SharedDatabase(self, name)
