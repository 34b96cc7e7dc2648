"""The tests' Redis goes with whoever started it, however that ended (Tests/support/private-redis.sh)."""

import os
import pathlib
import signal
import subprocess
import time

import pytest

SCRIPT = pathlib.Path(__file__).resolve().parents[1] / "support" / "private-redis.sh"
DEADLINE_SECONDS = 30


def start(*arguments):
    return subprocess.Popen([SCRIPT, *arguments], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)


def ready(process):
    words = process.stdout.readline().split()
    assert words[0] == "ready"
    return dict(word.split("=", 1) for word in words[1:])


def say(process, word):
    process.stdin.write(word + "\n")
    process.stdin.flush()
    return process.stdout.readline().split()


def ping(server, *connection):
    result = subprocess.run(["redis-cli", *connection, "PING"], text=True, capture_output=True, timeout=DEADLINE_SECONDS,
                            env={"REDISCLI_AUTH": server["password"], "PATH": os.environ["PATH"]})
    return result.stdout.strip()


def lives(pid):
    try:
        return pathlib.Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] != "Z"
    except OSError:
        return False


def assert_gone(process, server):
    process.wait(timeout=DEADLINE_SECONDS)
    deadline = time.monotonic() + DEADLINE_SECONDS
    while lives(server["pid"]) and time.monotonic() < deadline:
        pass  # a process that is not our child can only be looked at
    assert not lives(server["pid"])
    assert not pathlib.Path(server["socket"]).parent.exists()


@pytest.mark.parametrize("arguments", [[], ["--tcp"], ["--tcp", "--password"], ["--tls"]])
def test_it_answers_and_stops_at_the_end_of_input(arguments):
    process = start(*arguments)
    server = ready(process)
    assert ping(server, "-s", server["socket"]) == "PONG"
    if "--tcp" in arguments:
        assert ping(server, "-p", server["port"]) == "PONG"
    if "--tls" in arguments:
        assert ping(server, "-h", "localhost", "-p", server["port"], "--tls", "--cacert", server["ca"]) == "PONG"
    if "--password" in arguments:
        assert "NOAUTH" in ping({"password": ""}, "-s", server["socket"])
    process.stdin.close()
    assert_gone(process, server)


def test_ctrl_c_reaches_it_too_and_does_not_keep_it_from_cleaning_up():
    process = start()
    server = ready(process)
    process.send_signal(signal.SIGINT)
    assert ping(server, "-s", server["socket"]) == "PONG"
    process.stdin.close()
    assert_gone(process, server)


def test_it_kills_and_starts_on_request():
    process = start()
    server = ready(process)
    assert say(process, "kill") == ["killed"]
    assert not lives(server["pid"])
    word, *rest = say(process, "start")
    again = dict(part.split("=", 1) for part in rest)
    assert word == "ready" and again["socket"] == server["socket"] and again["pid"] != server["pid"]
    assert ping(again, "-s", again["socket"]) == "PONG"
    assert say(process, "pause") == ["paused"]
    process.stdin.close()
    assert_gone(process, again)


def test_an_unknown_flag_is_a_usage_error():
    assert subprocess.run([SCRIPT, "--udp"], stdin=subprocess.DEVNULL, capture_output=True).returncode == 64
