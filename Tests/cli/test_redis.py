"""Redis beside the server: started with it, lost under it, named by REDIS_URL, or not there at all."""

import json
import urllib.request

import pytest

from private_redis import PrivateRedis
from processes import BATTLESCOPE, Folder, Server, run
from waiting import until

CONFIGURATION, UNAVAILABLE = 78, 69


@pytest.fixture
def folder():
    with Folder() as path:
        yield path


@pytest.fixture
def redis():
    with PrivateRedis() as server:
        yield server


def health(url):
    with urllib.request.urlopen(f"{url}/healthz", timeout=10) as response:
        return json.load(response)


def is_so(url, status, redis):
    def look():
        answer = health(url)
        return (answer["status"], answer["redis"]) == (status, redis)
    until(look, f"/healthz says {status}, Redis {redis}")


def test_the_embedded_redis_comes_and_goes_with_the_server_and_is_started_again_when_it_dies(folder):
    with Server(folder, BATTLESCOPE_FEED="off") as server:
        url = server.wait_until_ready()
        is_so(url, "ok", "connected")
        (killed,) = server.redis.kill()
        until(lambda: server.redis.processes() not in ([], [killed]), "another Redis runs")
        is_so(url, "ok", "connected")
    assert server.process.returncode == 0
    assert server.redis.processes() == []


def test_a_redis_that_goes_is_degraded_and_nothing_else(folder, redis):
    with Server(folder, BATTLESCOPE_FEED="off", REDIS_URL=redis.url) as server:
        base = server.wait_until_ready()
        is_so(base, "ok", "connected")
        assert server.redis.processes() == []
        redis.kill()
        is_so(base, "degraded", "away")
        redis.start()
        is_so(base, "ok", "connected")


def test_a_server_starts_without_the_redis_that_it_was_told_of(folder):
    with Server(folder, BATTLESCOPE_FEED="off", REDIS_URL="redis://:hunter2@127.0.0.1:1/0") as server:
        is_so(server.wait_until_ready(), "degraded", "away")
        doctor = run(BATTLESCOPE, "doctor", BATTLESCOPE_FEED="off", REDIS_URL="redis://:hunter2@127.0.0.1:1/0",
                     BATTLESCOPE_DATA_DIR=str(server.data))
        assert "warn  redis" in doctor.stdout
        assert "hunter2" not in doctor.stdout + doctor.stderr + server.log.read_text()


def test_with_a_database_of_ones_own_there_is_no_redis_unless_it_is_named(folder):
    with Server(folder, BATTLESCOPE_FEED="off") as first:
        first.wait_until_ready()
        (folder / "second").mkdir(mode=0o755)
        keys = "k1:" + "A" * 43 + "="
        with Server(folder / "second", BATTLESCOPE_FEED="off", DATABASE_URL=first.database.url,
                    BATTLESCOPE_ENCRYPTION_KEYS=keys) as second:
            is_so(second.wait_until_ready(), "ok", "none")
            assert second.redis.processes() == []


@pytest.mark.parametrize("url", ["http://u:hunter2@h", "redis://:hunter2@h/zero", "rediss://u@h", "hunter2"])
def test_a_broken_redis_url_is_refused_without_showing_the_password(url):
    settings = {"BATTLESCOPE_FEED": "off", "REDIS_URL": url, "DATABASE_URL": "postgres://u@127.0.0.1:1/x"}
    result = run(BATTLESCOPE, "serve", **settings)
    assert result.returncode == CONFIGURATION
    assert "REDIS_URL: " in result.stderr and "redis://user:password@host:6379/0" in result.stderr
    doctor = run(BATTLESCOPE, "doctor", **settings)
    assert doctor.returncode == UNAVAILABLE and "FAIL  redis" in doctor.stdout
    for text in [result.stdout, result.stderr, doctor.stdout, doctor.stderr]:
        assert "hunter2" not in text
