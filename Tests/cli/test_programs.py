"""What the programs say, and with which exit code, when something is wrong with how they were started."""

import os
import shutil
import signal
import socket
import subprocess

import pytest

from processes import BATTLESCOPE, CONTACT, ROOT, SIMULATOR, Folder, Server, Simulator, run
from waiting import until

USAGE, UNAVAILABLE, CONFIGURATION = 64, 69, 78


def battlescope(*arguments, **variables):
    return run(BATTLESCOPE, *arguments, **variables)


def simulator(*arguments):
    return run(SIMULATOR, *arguments)


def assert_refused(result, code, *words):
    assert result.returncode == code, result.stderr
    for word in words:
        assert word in result.stderr


@pytest.fixture
def folder():
    with Folder() as path:
        yield path


@pytest.fixture
def taken_port():
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen()
        yield listener.getsockname()[1]


# Help and version

COMMANDS = [[], ["serve"], ["migrate"], ["sde"], ["sde", "import"], ["plugins"], ["plugins", "list"], ["plugins", "validate"],
            ["plugins", "graph"], ["plugins", "status"], ["plugins", "new"], ["analyze"], ["config"], ["doctor"], ["openapi"],
            ["account"], ["account", "list"], ["account", "show"], ["account", "grant"], ["account", "revoke"], ["account", "block"],
            ["account", "unblock"], ["killmails"], ["killmails", "failed"], ["killmails", "requeue"]]


@pytest.mark.parametrize("command", COMMANDS, ids=" ".join)
def test_every_command_explains_itself(command):
    result = battlescope(*command, "--help")
    assert (result.returncode, result.stderr) == (0, "")
    assert f"USAGE: {' '.join(['battlescope', *command])}" in result.stdout


def test_the_list_of_commands_above_is_complete():
    for command in [[], ["sde"], ["plugins"], ["account"], ["killmails"]]:
        section = battlescope(*command, "--help").stdout.split("SUBCOMMANDS:")[1]
        named = [line.split()[0] for line in section.splitlines() if line.startswith("  ") and line[2] != " "]
        for name in set(named) - {"See"}:
            assert [*command, name] in COMMANDS


def test_the_version_is_one_line():
    result = battlescope("--version")
    assert result.returncode == 0
    assert len(result.stdout.split()) == 1


@pytest.mark.parametrize("arguments, words", [
    (["frobnicate"], ["frobnicate", "--help"]),
    (["serve", "--lisen", "x"], ["--lisen"]),
    (["analyze"], ["--killmails"]),
    (["analyze", "--killmails", "README.md", "--link-rule", "best"], ["--link-rule is best", "default or specification"]),
    (["analyze", "--killmails", "README.md", "--reports", "x"], ["--reports and --sides-out go together"]),
    (["analyze", "--killmails", "/nonexistent"], ["/nonexistent", "No such file"]),
    (["analyze", "--killmails", "README.md"], ["README.md: line 1: not JSON", "holds no killmail"]),
    (["sde", "import", "README.md"], ["README.md"]),
    (["account", "grant", "somebody", "superadmin"], ["somebody", "character id"]),
    (["account", "grant", "0", "superadmin"], ["0 is not a character id"]),
    (["account", "grant", "5", "battle-reports"], ["a feature with a role"]),
    (["account", "grant", "5", "battle-reports", "emperor"], ["emperor is no role"]),
    (["account", "grant", "5", "battle-report", "fc"], ["no feature battle-report", "battle-reports"]),
    (["account", "revoke", "5", "superadmin"], ["No account has the character 5"]),
    (["account", "block", "5"], ["--reason"]),
])
def test_wrong_usage(arguments, words, folder):
    assert_refused(battlescope(*arguments, BATTLESCOPE_DATA_DIR=str(folder)), USAGE, *words)


# Settings

@pytest.mark.parametrize("variables, words", [
    ({"BATTLESCOPE_FEED": "sideways"}, ["BATTLESCOPE_FEED is sideways", "r2z2, replay, off"]),
    ({"BATTLESCOPE_LISTEN": "everywhere"}, ["BATTLESCOPE_LISTEN is everywhere", "host:port"]),
    ({"BATTLESCOPE_DATA_DIR": "relative"}, ["BATTLESCOPE_DATA_DIR is relative", "absolute path"]),
    ({"R2Z2_URL": "ftp://example.org"}, ["R2Z2_URL is ftp://example.org"]),
    ({}, ["BATTLESCOPE_CONTACT is missing"]),
    ({"BATTLESCOPE_FEED": "replay"}, ["BATTLESCOPE_REPLAY_FILE"]),
    ({"BATTLESCOPE_CONTACT": CONTACT, "BATTLESCOPE_OUTSIDE_TIME_SCALE": "0.5"}, ["only a simulator may be hurried"]),
    ({"BATTLESCOPE_PUBLIC_URL": "https://x/path"}, ["BATTLESCOPE_PUBLIC_URL is https://x/path", "a URL without a path"]),
    ({"BATTLESCOPE_SUPERADMINS": "1,somebody"}, ["BATTLESCOPE_SUPERADMINS is 1,somebody", "separated by commas"]),
    ({"BATTLESCOPE_FEED": "off", "BATTLESCOPE_PUBLIC_URL": "https://b.example", "EVE_CALLBACK_URL": "https://c.example/auth/callback"},
     ["EVE_CALLBACK_URL", "not below BATTLESCOPE_PUBLIC_URL"]),
    ({"SESSION_IDLE_SECONDS": "0"}, ["SESSION_IDLE_SECONDS is 0"]),
    ({"BATTLESCOPE_FEED": "off", "EVE_CLIENT_ID": "x"}, ["BATTLESCOPE_CONTACT is missing"]),
    ({"BATTLESCOPE_CONTACT": CONTACT, "EVE_CLIENT_ID": "x", "SSO_URL": "http://login.example.org"}, ["must be reached by https"]),
    ({"BATTLESCOPE_FEED": "off", "BATTLESCOPE_ENCRYPTION_KEYS": "k1:hunter2"}, ["BATTLESCOPE_ENCRYPTION_KEYS", "openssl rand"]),
    ({"BATTLESCOPE_FEED": "off", "DATABASE_URL": "postgres://u@127.0.0.1:1/x"}, ["BATTLESCOPE_ENCRYPTION_KEYS is missing", "openssl"]),
    ({"BATTLESCOPE_CONTACT": CONTACT, "BATTLESCOPE_EMBEDDED": "never"}, ["DATABASE_URL is not set"]),
    ({"BATTLESCOPE_PLUGINS_DIR": "/nonexistent"}, ["/nonexistent", "BATTLESCOPE_PLUGINS_DIR"]),
], ids=lambda value: " ".join(value) if isinstance(value, dict) else "")
def test_serve_refuses_wrong_settings(variables, words, folder):
    settings = {"BATTLESCOPE_LISTEN": "127.0.0.1:0", "BATTLESCOPE_DATA_DIR": str(folder)} | variables
    result = battlescope("serve", **settings)
    assert_refused(result, CONFIGURATION, *words)
    assert "hunter2" not in result.stdout + result.stderr


def test_all_wrong_settings_are_told_at_once():
    result = battlescope("config", BATTLESCOPE_FEED="sideways", LOG_LEVEL="loud")
    assert_refused(result, CONFIGURATION, "BATTLESCOPE_FEED is sideways", "LOG_LEVEL is loud")


def test_an_unknown_variable_is_reported():
    result = battlescope("config", BATTLESCOPE_LISTNE="127.0.0.1:1")
    assert result.returncode == 0
    assert "unknown variable BATTLESCOPE_LISTNE" in result.stderr


@pytest.mark.parametrize("url", ["postgres://u:hunter2@:port/x", "mysql://u:hunter2@h/x", "postgres://u:hunter2@h/x?ssl=no",
                                 "hunter2"])
@pytest.mark.parametrize("command", ["migrate", "doctor"])
def test_a_broken_database_url_is_refused_without_showing_the_password(url, command):
    result = battlescope(command, DATABASE_URL=url, BATTLESCOPE_FEED="off")
    assert result.returncode == (CONFIGURATION if command == "migrate" else UNAVAILABLE)
    assert "DATABASE_URL" in result.stdout + result.stderr
    assert "hunter2" not in result.stdout + result.stderr


def test_a_database_that_does_not_answer():
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))  # bound and not listening: refuses
        url = f"postgres://u:hunter2@127.0.0.1:{unused.getsockname()[1]}/x"
        result = battlescope("migrate", DATABASE_URL=url)
    assert_refused(result, UNAVAILABLE, "Connection refused", "DATABASE_URL")
    assert "hunter2" not in result.stderr
    assert "hunter2" not in battlescope("config", DATABASE_URL=url).stdout


# Manifests

def change(folder, name, old, new):
    path = next(folder.glob(f"*{name}.yaml"))
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new))
    return path.name


@pytest.fixture
def manifests(folder):
    return shutil.copytree(ROOT / "plugins.d", folder / "plugins.d")


def test_a_misspelt_key_is_refused_with_file_line_and_the_nearest_key(manifests):
    name = change(manifests, "killmails", "enabled:", "enabeld:")
    assert_refused(battlescope("plugins", "validate", "--plugins-dir", manifests), CONFIGURATION,
                   f"{name}:4: unknown key enabeld", "did you mean enabled?")


def test_a_misspelt_setting_is_refused_with_file_line_and_the_nearest_setting(manifests):
    name = change(manifests, "battle-reports", "config: {", "config: { min_kils: 2,")
    assert_refused(battlescope("plugins", "validate", "--plugins-dir", manifests), CONFIGURATION,
                   f"{name}:7: unknown setting min_kils", "did you mean min_kills?")


def test_a_plugin_that_is_not_linked_is_refused(manifests):
    manifest = (manifests / "10-killmails.yaml").read_text()
    (manifests / "99-lost.yaml").write_text(manifest.replace("plugin: killmails", "plugin: lost").replace("Killmails", "Lost"))
    assert_refused(battlescope("plugins", "validate", "--plugins-dir", manifests), CONFIGURATION,
                   "99-lost.yaml", "plugin lost is not linked", "killmails")


def test_a_missing_dependency_is_refused(manifests):
    (manifests / "10-killmails.yaml").unlink()
    assert_refused(battlescope("plugins", "validate", "--plugins-dir", manifests), CONFIGURATION,
                   "battle-reports requires killmails")


# Files

def test_analyze_tells_unreadable_lines_and_goes_on(folder):
    kill = ('{"killmail_id":%d,"killmail_time":"2026-03-14T18:00:00Z","solar_system_id":30000142,"victim":{"ship_type_id":587,'
            '"damage_taken":1},"attackers":[{"damage_done":1,"final_blow":true,"security_status":0,"character_id":90000001}]}')
    source, target = folder / "kills.ndjson", folder / "battles.ndjson"
    source.write_text("\n".join([kill % 1, "nonsense", kill % 2, '{"killmail_id":3}']) + "\n")
    result = battlescope("analyze", "--killmails", source, "--battles-out", target)
    assert result.returncode == 0
    assert "line 2: " in result.stderr and "line 4: killmail_time: missing" in result.stderr
    assert "2 killmails, 1 battles with 2 kills" in result.stderr
    assert target.read_text() == '{"killmailIds":[1,2]}\n'
    assert_refused(battlescope("analyze", "--killmails", source, "--battles-out", folder), UNAVAILABLE, "cannot be written")


@pytest.mark.skipif(os.getuid() != 0, reason="only root can make a small file system")
def test_a_full_disk_is_told(folder):
    subprocess.run(["mount", "-t", "tmpfs", "-o", "size=8m,mode=755", "tmpfs", folder], check=True)
    try:
        result = battlescope("migrate", "--data-dir", folder)
    finally:
        subprocess.run(["umount", folder], check=True)
    assert_refused(result, UNAVAILABLE, "No space left on device")


# A server that runs

def test_a_port_in_use(folder, taken_port):
    result = battlescope("serve", "--listen", f"127.0.0.1:{taken_port}", "--data-dir", folder, "--feed", "off")
    assert_refused(result, UNAVAILABLE, str(taken_port), "in use")


def test_sigterm_during_a_replay_ends_it_quickly_and_leaves_nothing_running(folder):
    with Simulator(folder, "--kills", "3000", "--seed", "3") as universe, Server(folder, **universe.variables) as server:
        until(lambda: (server.database.ask("SELECT count(*) AS kills FROM killmails.detail") or [[0]])[0][0] > 20, "kills arrive")
        server.process.send_signal(signal.SIGTERM)
        assert server.process.wait(timeout=20) == 0
        assert server.database.processes() == []
        assert [line["msg"] for line in server.lines() if line["level"] >= 50 and "feed" not in line["msg"]] == []
        assert list(server.lines())[-1]["msg"] == "PostgreSQL stopped"


def test_the_live_feed_is_asked_with_manners(folder):
    # At its true pace: at most ten requests in a second, and six seconds of silence after a 404.
    with Simulator(folder, "--kills", "60", time_scale=1) as universe, Server(folder, **universe.variables) as server:
        server.wait_until_ready()

        def has_seen_enough():
            seen = universe.counters()["r2z2"]
            return seen if seen["requests"] > 40 and seen["minimumSecondsAfter404"] is not None else None

        seen = until(has_seen_enough, "many requests, and one after a 404", 120)
    assert 2 <= seen["maximumInOneSecond"] <= 10
    assert seen["minimumSecondsAfter404"] >= 6
    assert seen["violations"] == 0


# The simulator

@pytest.mark.parametrize("arguments, code, words", [
    (["--speed", "fast"], USAGE, ["--speed: a number above 0, or max, not fast"]),
    (["--faults", "nonsense"], USAGE, ["no fault named nonsense", "names-poison"]),
    (["--faults", "hole=2"], USAGE, ["hole"]),
    (["--time-scale", "0"], USAGE, ["time scale"]),
    (["--listen", "nowhere"], USAGE, ["--listen"]),
    (["--names", "x"], USAGE, ["--names belongs to --replay"]),
    (["--replay", "/nonexistent"], CONFIGURATION, ["/nonexistent"]),
    (["--replay", "README.md"], CONFIGURATION, ["README.md, line 1: no killmail"]),
    (["--ledger", "/nonexistent/ledger"], CONFIGURATION, ["cannot write /nonexistent/ledger"]),
], ids=lambda value: " ".join(value) if isinstance(value, list) else "")
def test_the_simulator_refuses_what_it_cannot_do(arguments, code, words):
    listen = [] if "--listen" in arguments else ["--listen", "127.0.0.1:0"]
    assert_refused(simulator(*arguments, *listen), code, *words)


def test_the_simulator_explains_itself():
    result = simulator("--help")
    assert result.returncode == 0
    for service in ["/r2z2", "/esi", "/sde", "/images"]:
        assert service in result.stdout


def test_the_simulator_tells_a_port_in_use(taken_port):
    assert_refused(simulator("--listen", f"127.0.0.1:{taken_port}"), UNAVAILABLE, str(taken_port))


@pytest.mark.parametrize("ending", [signal.SIGTERM, signal.SIGINT])
def test_the_simulator_ends_with_0_by_signal(folder, ending):
    with Simulator(folder, "--kills", "10") as universe:
        universe.process.send_signal(ending)
        assert universe.process.wait(timeout=20) == 0
