"""The tests' PostgreSQL goes with whoever started it, however that ended (Tests/support/private-postgres.sh)."""

import pathlib
import signal
import subprocess
import time

import pytest

from private_postgres import PrivatePostgres
from waiting import until

SCRIPT = pathlib.Path(__file__).resolve().parents[1] / "support" / "private-postgres.sh"
DEADLINE_SECONDS = 30


def start(*arguments):
    return subprocess.Popen([SCRIPT, *arguments], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)


def ready(process):
    words = process.stdout.readline().split()
    assert words[0] == "ready"
    return dict(word.split("=", 1) for word in words[1:])


def psql(server, *connection):
    command = [f"{server['bin']}/psql", "-XAt", "-p", server["port"], "-U", server["user"], "-d", "postgres"]
    return subprocess.run([*command, *connection, "-c", "SELECT 'up'"], text=True, capture_output=True, timeout=DEADLINE_SECONDS,
                          env={"PGPASSWORD": server["password"], "PATH": "/usr/bin:/bin"})


def servers_in(folder):
    """Command lines of living processes that name the folder."""
    found = []
    for path in pathlib.Path("/proc").glob("[0-9]*/cmdline"):
        try:
            line = path.read_bytes().replace(b"\0", b" ").decode(errors="replace")
        except OSError:
            continue  # it ended while we looked
        if folder in line and "postgres" in line:
            found.append(line)
    return found


def assert_gone(process, folder):
    process.wait(timeout=DEADLINE_SECONDS)
    deadline = time.monotonic() + DEADLINE_SECONDS
    while servers_in(folder) and time.monotonic() < deadline:
        pass  # a process that is not our child can only be looked at
    assert servers_in(folder) == []
    assert not pathlib.Path(folder).exists()


@pytest.mark.parametrize("arguments", [[], ["--tcp"]])
def test_it_accepts_connections_and_stops_at_the_end_of_input(arguments):
    process = start(*arguments)
    server = ready(process)
    where = ["-h", "127.0.0.1"] if arguments else ["-h", server["host"]]
    assert psql(server, *where).stdout == "up\n"
    process.stdin.close()
    assert_gone(process, server["host"])


def test_ctrl_c_reaches_it_too_and_does_not_keep_it_from_cleaning_up():
    process = start()
    server = ready(process)
    process.send_signal(signal.SIGINT)
    assert psql(server, "-h", server["host"]).stdout == "up\n"
    process.stdin.close()
    assert_gone(process, server["host"])


def test_it_cleans_up_when_nobody_reads_its_answer():
    before = set(pathlib.Path("/tmp").glob("battlescope-test-*"))
    process = start()
    process.stdout.close()
    process.stdin.close()
    assert process.wait(timeout=DEADLINE_SECONDS) != 0
    for folder in set(pathlib.Path("/tmp").glob("battlescope-test-*")) - before:
        assert servers_in(str(folder)) != [], f"{folder} was left without its server"  # somebody else's


def test_an_unknown_flag_is_a_usage_error():
    assert subprocess.run([SCRIPT, "--udp"], stdin=subprocess.DEVNULL, capture_output=True).returncode == 64


def state(server):
    """Of its first process, as the system says: S it sleeps, T it is stopped."""
    process = (pathlib.Path(server.said["host"]) / "data/postmaster.pid").read_text().split()[0]
    return pathlib.Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[0]


def test_it_can_be_killed_and_started_again_and_stopped_in_its_tracks():
    with PrivatePostgres() as server:
        database = server.database("kept")
        database.execute("CREATE TABLE kept AS SELECT 1 AS number")
        server.kill()
        assert database.ask("SELECT 1 AS number") is None and servers_in(server.said["host"]) == []
        server.start()
        assert database.rows("TABLE kept") == [[1]]
        server.pause()
        until(lambda: state(server) == "T", "it is stopped")
        server.resume()
        assert database.rows("TABLE kept") == [[1]]
        # Nobody hangs while it is killed out of a pause, or left in one.
        server.pause()
        server.kill()
        server.start()
        server.pause()
    assert servers_in(server.said["host"]) == []
