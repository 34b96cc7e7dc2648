"""PostgreSQL from outside: psql, and the processes of the embedded one of a data folder."""

import contextlib
import copy
import json
import os
import pathlib
import shutil
import signal
import subprocess

from waiting import until


class Queries:
    """A database through psql. Who inherits says where it is."""

    def __init__(self, damage=""):
        self.damage = damage

    @property
    def connection(self):
        """Arguments of psql; None while nobody knows them."""
        raise NotImplementedError

    def psql(self, statement, connection=None):
        return subprocess.run(["psql", "-XAtq", "-v", "ON_ERROR_STOP=1", *(connection or self.connection), "-c", statement],
                              text=True, capture_output=True, timeout=60)

    def ask(self, sql):
        """The rows as lists of JSON values; None while the server does not answer."""
        connection = self.connection
        if connection is None:
            return None
        query = f"SELECT coalesce(json_agg(to_json(row)), '[]') FROM ({sql}) AS row"
        answer = self.psql(f"BEGIN; {self.damage}; {query}; ROLLBACK", connection)
        if answer.returncode != 0:
            # 2: no connection, or it broke; 3: the schema is not there yet, or the test is wrong.
            return None
        return [list(row.values()) for row in json.loads(answer.stdout)]

    def damaged(self, statement):
        """The database as it would be after a statement, which never becomes true for others."""
        other = copy.copy(self)
        other.damage = statement
        return other

    def execute(self, statement):
        """Changes something, as somebody with psql would."""
        answer = self.psql(statement)
        assert answer.returncode == 0, answer.stderr

    @contextlib.contextmanager
    def held(self, statement):
        """A transaction that has done something and does not end before the block does: it holds its locks."""
        with subprocess.Popen(["psql", "-XAtq", "-v", "ON_ERROR_STOP=1", *self.connection], text=True, stdin=subprocess.PIPE,
                              stdout=subprocess.PIPE) as session:
            session.stdin.write(f"BEGIN; {statement}; SELECT 'held';\n")
            session.stdin.flush()
            assert session.stdout.readline() == "held\n"
            try:
                yield
            finally:
                session.stdin.close()

    def rows(self, sql):
        found = self.ask(sql)
        assert found is not None, f"the database does not answer {sql}"
        return found

    def column(self, sql):
        return [row[0] for row in self.rows(sql)]

    def value(self, sql):
        (found,) = self.column(sql)
        return found


class Database(Queries):
    """The embedded one of a data folder."""

    def __init__(self, data):
        super().__init__()
        self.data = data
        self.cluster = data / "postgres/data"

    @property
    def _lock_file(self):
        """postmaster.pid: process id, folder, start, port, socket folder, ..."""
        try:
            return (self.cluster / "postmaster.pid").read_text().splitlines()
        except OSError:
            return []

    @property
    def connection(self):
        lines = self._lock_file
        return ["-h", lines[4], "-U", "battlescope", "-d", "battlescope"] if len(lines) > 4 and lines[4] else None

    @property
    def url(self):
        """For a second program on it; None while it does not run."""
        lines = self._lock_file
        return f"postgres:///battlescope?host={lines[4]}&user=battlescope" if len(lines) > 4 and lines[4] else None

    # Processes

    def processes(self):
        """Every process that works in the cluster's folder."""
        found = []
        for path in pathlib.Path("/proc").glob("[0-9]*"):
            try:
                if os.readlink(path / "cwd") == str(self.cluster):
                    found.append(int(path.name))
            except OSError:
                continue  # it ended while we looked, or is somebody else's
        return found

    def kill_postmaster(self):
        process = int(self._lock_file[0])
        assert process in self.processes()
        os.kill(process, signal.SIGKILL)
        until(lambda: process not in self.processes(), "the postmaster is dead")

    def kill_backend(self):
        """One that serves battlescope. PostgreSQL then ends all others too, and recovers."""
        backends = self.ask("SELECT pid FROM pg_stat_activity WHERE backend_type = 'client backend' "
                            "AND pid <> pg_backend_pid() ORDER BY state = 'active' DESC, pid")
        if not backends:
            return False
        os.kill(backends[0][0], signal.SIGKILL)
        return True

    def end(self):
        """What is left of it, if anything."""
        lines = self._lock_file
        for signal_number in [signal.SIGQUIT, signal.SIGKILL]:
            for process in self.processes():
                try:
                    os.kill(process, signal_number)
                except ProcessLookupError:
                    pass
            try:
                until(lambda: not self.processes(), "PostgreSQL's processes ended", 10)
            except AssertionError:
                continue
            break
        if len(lines) > 4 and lines[4].startswith("/tmp/battlescope-"):
            shutil.rmtree(lines[4], ignore_errors=True)
