"""`plugins new` makes a plugin that builds, passes its tests and keeps the repository's rules.

It is tried on the checkout itself, below an overlay: what is built is not built again, and nothing of it stays. That needs to
mount, as root or in a user namespace of one's own.
"""

import os
import shlex
import shutil
import subprocess

import pytest

from processes import BATTLESCOPE, ROOT, Folder, run

USAGE = 64
UNSHARE = ["unshare", "--mount"] if os.getuid() == 0 else ["unshare", "--map-root-user", "--mount"]
OVERLAY = """
mount --make-rprivate / && mount -t tmpfs tmpfs "$1" && mkdir "$1/upper" "$1/work" &&
mount -t overlay overlay -o "lowerdir=$2,upperdir=$1/upper,workdir=$1/work" "$2" && cd "$2"
"""


def overlaid(scratch, script, timeout=900):
    """Runs a script in the checkout, of which it sees a copy of its own."""
    return subprocess.run([*UNSHARE, "bash", "-euo", "pipefail", "-c", OVERLAY + script, "overlay", scratch, ROOT], text=True,
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT, stdin=subprocess.DEVNULL, timeout=timeout)


@pytest.fixture
def scratch():
    with Folder() as path:
        if overlaid(path, "true").returncode != 0:
            pytest.skip("an overlay can be mounted neither as this user nor in a user namespace")
        yield path


def test_a_new_plugin_builds_and_passes_its_tests_and_the_repository_s(scratch):
    result = overlaid(scratch, f"""
        {shlex.quote(str(BATTLESCOPE))} plugins new fleet-doctrines
        swift format lint --strict --recursive Package.swift Sources/Plugins/FleetDoctrines Tests/FleetDoctrinesTests
        scripts/generate-registry --check
        scripts/generate-source-table --check
        swift build --build-tests --explicit-target-dependency-import-check error
        .build/debug/battlescope plugins validate
        .build/debug/battlescope plugins list
        swift test --skip-build --filter 'FleetDoctrinesTests|StructureTests|TidyTests'
        """)
    assert result.returncode == 0, result.stdout[-5000:]
    for line in ["made plugins.d/", "fleet-doctrines  enabled", "route      GET /fleet-doctrines/notes",
                 "lists the newest notes, a page of them\" passed"]:
        assert line in result.stdout, result.stdout[-5000:]
    assert not (ROOT / "Sources/Plugins/FleetDoctrines").exists()


@pytest.mark.parametrize("name, words", [
    ("Fleet", ["Fleet is no plugin's name", "lower-case words joined by hyphens"]),
    ("fleet_doctrines", ["no plugin's name"]),
    ("killmails", ["There is a plugin killmails already"]),
])
def test_a_name_that_is_wrong_or_taken_is_refused(name, words):
    result = run(BATTLESCOPE, "plugins", "new", name)
    assert result.returncode == USAGE
    for word in words:
        assert word in result.stderr


def test_a_folder_that_is_no_checkout_is_refused_and_left_alone():
    with Folder() as folder:
        result = run(BATTLESCOPE, "plugins", "new", "fleet-doctrines", "--directory", folder)
        assert result.returncode == USAGE and "no checkout of BattleScope" in result.stderr
        # One without the places where the entries go.
        shutil.copytree(ROOT / "plugins.d", folder / "plugins.d")
        (folder / "Package.swift").write_text("// swift-tools-version: 6.2\n")
        result = run(BATTLESCOPE, "plugins", "new", "fleet-doctrines", "--directory", folder)
        assert result.returncode == USAGE and "has no line" in result.stderr
        assert sorted(path.name for path in folder.iterdir()) == ["Package.swift", "plugins.d"]
