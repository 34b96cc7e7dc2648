"""The embedded PostgreSQL of a data folder, from outside: psql, and its processes."""

import json
import os
import pathlib
import shutil
import signal
import subprocess

from waiting import until


class Database:
    def __init__(self, data, damage=""):
        self.data = data
        self.cluster = data / "postgres/data"
        self.damage = damage

    @property
    def _lock_file(self):
        """postmaster.pid: process id, folder, start, port, socket folder, ..."""
        try:
            return (self.cluster / "postmaster.pid").read_text().splitlines()
        except OSError:
            return []

    def ask(self, sql):
        """The rows as lists of JSON values; None while the server does not answer."""
        lines = self._lock_file
        if len(lines) < 5 or not lines[4]:
            return None
        query = f"SELECT coalesce(json_agg(to_json(row)), '[]') FROM ({sql}) AS row"
        command = ["psql", "-XAtq", "-v", "ON_ERROR_STOP=1", "-h", lines[4], "-U", "battlescope", "-d", "battlescope", "-c",
                   f"BEGIN; {self.damage}; {query}; ROLLBACK"]
        answer = subprocess.run(command, text=True, capture_output=True, timeout=60)
        if answer.returncode != 0:
            # 2: no connection, or it broke; 3: the schema is not there yet, or the test is wrong.
            return None
        return [list(row.values()) for row in json.loads(answer.stdout)]

    @property
    def url(self):
        """For a second program on it; None while it does not run."""
        lines = self._lock_file
        return f"postgres:///battlescope?host={lines[4]}&user=battlescope" if len(lines) > 4 and lines[4] else None

    def damaged(self, statement):
        """The database as it would be after a statement, which never becomes true for others."""
        return Database(self.data, statement)

    def execute(self, statement):
        """Changes something, as somebody with psql would."""
        subprocess.run(["psql", "-XAtq", "-v", "ON_ERROR_STOP=1", "-h", self._lock_file[4], "-U", "battlescope", "-d",
                        "battlescope", "-c", statement], check=True, timeout=60)

    def rows(self, sql):
        found = self.ask(sql)
        assert found is not None, f"the database does not answer {sql}"
        return found

    def column(self, sql):
        return [row[0] for row in self.rows(sql)]

    def value(self, sql):
        (found,) = self.column(sql)
        return found

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
