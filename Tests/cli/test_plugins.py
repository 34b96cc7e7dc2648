"""Plugins from outside: what the commands say, manifests edited under a running server, several pods on one database."""

import base64
import json
import re
import shutil
import urllib.error
import urllib.request

import pytest

from processes import BATTLESCOPE, ROOT, Folder, Server, run
from waiting import until

USAGE, CONFIGURATION = 64, 78


def plugins(*arguments, **variables):
    return run(BATTLESCOPE, "plugins", *arguments, **variables)


@pytest.fixture
def folder():
    with Folder() as path:
        yield path


@pytest.fixture
def manifests(folder):
    return shutil.copytree(ROOT / "plugins.d", folder / "plugins.d")


def edit(folder, name, old, new):
    path = next(folder.glob(f"*-{name}.yaml"))
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new))


def get(url):
    """Status and JSON of an answer, whatever it is."""
    try:
        with urllib.request.urlopen(url, timeout=10) as response:
            return response.status, json.load(response)
    except urllib.error.HTTPError as error:
        return error.code, json.load(error)


# What requires what

def test_the_graph_as_a_tree_and_for_graphviz():
    tree = plugins("graph")
    assert tree.returncode == 0
    assert re.search(r"^battle-reports\n└─ killmails\n", tree.stdout, re.M)
    dot = plugins("graph", "--dot").stdout
    assert dot.startswith("digraph plugins {") and '"battle-reports" -> "killmails";' in dot


def test_a_circle_of_requirements_is_printed_as_one(manifests):
    edit(manifests, "killmails", "requires: []", "requires: [battle-reports]")
    result = plugins("validate", "--plugins-dir", manifests)
    assert result.returncode == CONFIGURATION
    assert "in a circle: killmails -> battle-reports -> killmails" in result.stderr


@pytest.mark.parametrize("old, new, words", [
    ("workers: [clusterer] }", "workers: [clustrer] }", ["serve.workers names clustrer", "Did you mean clusterer?"]),
    ("requires: [killmails]", "requires: [killmails]\non_start_failure: ignore", ["yaml:6: on_start_failure is ignore",
                                                                                 "fail, degrade, retry"]),
    ("  workers: [clusterer]", "  workers: [clusterer]\n  topics: [battle.lost]", ["contributes.topics lists battle.lost"]),
], ids=["worker", "on_start_failure", "topic"])
def test_a_manifest_that_does_not_fit_is_refused(manifests, old, new, words):
    edit(manifests, "battle-reports", old, new)
    result = plugins("validate", "--plugins-dir", manifests)
    assert result.returncode == CONFIGURATION
    for word in words:
        assert word in result.stderr


# What one pod serves

@pytest.mark.parametrize("arguments, code, words", [
    (["--plugins", "batle-reports"], CONFIGURATION, ["there is no plugin batle-reports. Did you mean battle-reports?"]),
    (["--workers", "killmails.ingst"], CONFIGURATION, ["killmails.ingst. Did you mean killmails.ingest?"]),
    (["--workers", "x", "--no-workers"], USAGE, ["--workers and --no-workers"]),
    (["--plugins", ","], USAGE, ["--plugins needs names"]),
], ids=lambda value: " ".join(value) if isinstance(value, list) else "")
def test_a_selection_that_cannot_be_is_refused(folder, arguments, code, words):
    result = run(BATTLESCOPE, "serve", "--listen", "127.0.0.1:0", "--data-dir", folder, "--feed", "off", *arguments)
    assert result.returncode == code
    for word in words:
        assert word in result.stderr


def test_a_pod_for_one_worker_serves_health_and_nothing_else(folder):
    with Server(folder, "--workers", "killmails.names", "--no-routes", BATTLESCOPE_FEED="off") as server:
        url = server.wait_until_ready()
        status, health = get(f"{url}/healthz")
        assert (status, health["status"]) == (200, "ok")
        assert health["plugins"] == [{"name": "killmails", "state": "running"}]
        assert set(health) == {"status", "version", "redis", "plugins"}
        assert get(f"{url}/battles")[0] == 404
        pod, = until(lambda: json.loads(plugins("status", "--json", DATABASE_URL=server.database.url).stdout)["items"],
                     "the pod has told what it does")
        assert (pod["plugin"], pod["workers"], pod["servesRoutes"]) == ("killmails", ["names"], False)


# Manifests edited under a running server

def test_an_edited_manifest_is_followed_and_a_wrong_one_is_told_and_ignored(folder, manifests):
    with Server(folder, "--plugins-dir", manifests, BATTLESCOPE_FEED="off") as server:
        server.wait_until_ready()

        def lines(message, **fields):
            return [line for line in server.lines()
                    if line["msg"] == message and all(line.get(key) == value for key, value in fields.items())]

        edit(manifests, "battle-reports", "min_kills: 2", "min_kils: 3")
        wrong = until(lambda: lines("a manifest is wrong, the running configuration stays"), "the mistake is told")
        assert re.search(r"30-battle-reports.yaml:\d+: unknown setting min_kils", wrong[0]["problem"])
        edit(manifests, "battle-reports", "min_kils: 3", "min_kills: 3")
        until(lambda: len(lines("plugin runs", plugin="battle-reports")) == 2, "battle-reports runs anew")
        assert len(lines("plugin stopped", plugin="battle-reports")) == 1
        assert lines("plugin stopped", plugin="killmails") == []
        before, after = [line["configuration"] for line in lines("plugin runs", plugin="battle-reports")]
        assert before != after

        # What admins set wins over the manifest, and config tells so when it may ask the database.
        server.database.execute("""INSERT INTO kernel.feature (plugin, is_enabled, settings, changed_at, version)
                                   VALUES ('battle-reports', true, '{"min_kills": "5", "gone": "1"}', now(), 1)""")
        until(lambda: len(lines("plugin runs", plugin="battle-reports")) == 3, "battle-reports runs with the admins' setting")
        arguments = ["config", "--plugins-dir", manifests]
        offline = run(BATTLESCOPE, *arguments)
        assert re.search(r"min_kills +3  \(\S+30-battle-reports.yaml:\d+\)", offline.stdout)
        asked = run(BATTLESCOPE, *arguments, "--database", DATABASE_URL=server.database.url)
        assert re.search(r"min_kills +5  \(admin console\)", asked.stdout)
        assert "battle-reports has no setting gone" in asked.stderr


# Several pods

def test_a_pod_that_was_killed_is_told_as_gone_and_a_living_one_is_not(folder):
    def fleet(database):
        result = plugins("status", "--json", DATABASE_URL=database.url)
        assert result.returncode == 0, result.stderr
        return [pod for pod in json.loads(result.stdout)["items"] if pod["plugin"] == "killmails"]

    second = folder / "second"
    second.mkdir()
    with Server(folder, BATTLESCOPE_FEED="off") as living:
        living.wait_until_ready()
        with Server(second, "--no-workers", BATTLESCOPE_FEED="off", DATABASE_URL=living.database.url,
                    BATTLESCOPE_ENCRYPTION_KEYS="test:" + base64.b64encode(bytes(32)).decode(),
                    BATTLESCOPE_KILLMAILS_RETENTION_MONTHS="7") as killed:
            killed.wait_until_ready()
            pods = until(lambda: found if len(found := fleet(living.database)) == 2 else None, "both pods have told")
            assert {pod["state"] for pod in pods} == {"running"} and not any(pod["isGone"] for pod in pods)
            # They run with different settings, and the fleet shows it.
            assert len({pod["configurationHash"] for pod in pods}) == 2 and any(pod["differs"] for pod in pods)
            killed.kill()
        # Two minutes later, as far as the table knows; the living one tells again within ten seconds.
        living.database.execute("UPDATE kernel.pod_plugin SET seen_at = seen_at - interval '2 minutes'")

        def one_is_gone():
            pods = fleet(living.database)
            return pods if len({pod["isGone"] for pod in pods}) == 2 else None

        pods = until(one_is_gone, "one is gone and one is not")
        gone, = [pod for pod in pods if pod["isGone"]]
        assert gone["workers"] == []
        table = plugins("status", DATABASE_URL=living.database.url).stdout
        assert re.search(rf"^killmails +{re.escape(gone['pod'])} +gone ", table, re.M), table
    # It ended in order and left nothing, and no server runs any more.


def test_status_says_when_nobody_has_run_yet(folder):
    with Server(folder, BATTLESCOPE_FEED="off") as server:
        server.wait_until_ready()
        server.database.execute("DROP TABLE kernel.pod_plugin CASCADE")
        result = plugins("status", DATABASE_URL=server.database.url)
        assert result.returncode == CONFIGURATION and "no server has run" in result.stderr
