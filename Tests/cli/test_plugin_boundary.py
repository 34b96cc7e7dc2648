"""A plugin sees the kernel's API and nothing else: what it may not import does not compile.

A scratch plugin is added to a copy of the package (.build/boundary, kept between runs) and built there. swift test holds the
lock of its own build folder, hence a copy. On a clean build a forbidden module is simply not there; on an incremental build it
lies about, compiled for others, and only --explicit-target-dependency-import-check error keeps plugins from it.
"""

import os
import pathlib
import re
import shutil
import subprocess

import pytest

ROOT = pathlib.Path(__file__).resolve().parents[2]
SCRATCH = ROOT / ".build" / "boundary"
PLUGIN = SCRATCH / "Sources" / "Plugins" / "ScratchPlugin"
FORBIDDEN = ["KernelRuntime", "Killmails", "Hummingbird", "CLibPQ"]


def manifest_with_scratch_plugin():
    """The package's own manifest without tests, with a plugin that declares what plugins declare.

    Except EVE: it brings swift-crypto, a minute of C that this test does not need.
    """
    text = (ROOT / "Package.swift").read_text()
    declared = re.search(r'name: "Killmails",\s+dependencies: (\[.*?\]),\s+path:', text, re.S).group(1)
    declared = declared.replace('"EVE",', "")
    targets, _ = text.split("        // MARK: Tests")
    return targets + f"""        .target(
            name: "ScratchPlugin", dependencies: {declared},
            path: "Sources/Plugins/ScratchPlugin", swiftSettings: strict),
    ]
)
"""


def write_plugin(*imports):
    """One file, always the same name: SwiftPM plans the build anew when the list of files changes."""
    PLUGIN.mkdir(parents=True, exist_ok=True)
    lines = [f"import {module}" for module in imports]
    (PLUGIN / "ScratchPlugin.swift").write_text("\n".join(lines) + "\n\nstruct ScratchPlugin {}\n")


def build():
    command = ["swift", "build", "--target", "ScratchPlugin", "--explicit-target-dependency-import-check", "error"]
    result = subprocess.run(command, cwd=SCRATCH, text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=600)
    return result.returncode, result.stdout


def names(output, module):
    """The errors by which Swift and SwiftPM refuse an import."""
    refusals = [f"no such module '{module}'", f"imports another target ({module}) in the package without declaring it"]
    return any(refusal in output for refusal in refusals)


@pytest.fixture(scope="module", autouse=True)
def scratch_package():
    SCRATCH.mkdir(parents=True, exist_ok=True)
    shutil.rmtree(SCRATCH / "Sources", ignore_errors=True)
    shutil.copytree(ROOT / "Sources", SCRATCH / "Sources")
    shutil.copy(ROOT / "Package.resolved", SCRATCH)
    (SCRATCH / "Package.swift").write_text(manifest_with_scratch_plugin())
    # Dependencies as they were fetched for the package: nothing is downloaded again.
    build_folder = SCRATCH / ".build"
    build_folder.mkdir(exist_ok=True)
    for name in ["checkouts", "repositories", "workspace-state.json"]:
        if not (build_folder / name).exists():
            subprocess.run(["cp", "-a", ROOT / ".build" / name, build_folder / name], check=True)
    # Forget the scratch plugin and whatever a former run laid about.
    for modules in build_folder.glob("*/debug/Modules"):
        for module in FORBIDDEN + ["ScratchPlugin"]:
            (modules / f"{module}.swiftmodule").unlink(missing_ok=True)


def test_a_plugin_may_import_what_it_declares():
    write_plugin("KernelAPI", "Logging")
    status, output = build()
    assert status == 0, output


@pytest.mark.parametrize("module", FORBIDDEN)
def test_a_forbidden_import_fails_on_a_clean_build(module):
    write_plugin(module)
    status, output = build()
    assert status != 0, f"a plugin could import {module}"
    assert names(output, module), output


@pytest.mark.parametrize("module", FORBIDDEN)
def test_a_forbidden_import_fails_on_an_incremental_build(module):
    # What a developer's build folder holds: every module, built for those who declared it.
    for built in (ROOT / ".build").glob("*/debug/Modules/*.swiftmodule"):
        target = SCRATCH / ".build" / built.relative_to(ROOT / ".build")
        if not target.exists():
            target.parent.mkdir(parents=True, exist_ok=True)
            os.link(built, target)
    write_plugin(module)
    status, output = build()
    assert status != 0, f"a plugin could import {module}"
    assert names(output, module), output


ROUTE = """import KernelAPI

struct ScratchPlugin {
    let route: Route = .get("/scratch", "A scratch"%s) { (_: NoInput, _) in NoContent() }
}
"""


def write_route(policy):
    PLUGIN.mkdir(parents=True, exist_ok=True)
    (PLUGIN / "ScratchPlugin.swift").write_text(ROUTE % policy)


def test_a_route_with_a_policy_compiles():
    write_route(", policy: .signedIn")
    status, output = build()
    assert status == 0, output


@pytest.mark.parametrize("policy", ["", ", policy: nil", ", policy: .open", ', policy: .open(because: String("x"))'])
def test_a_route_without_a_policy_does_not_compile(policy):
    write_route(policy)
    status, output = build()
    assert status != 0, "a route without a policy compiled"
    assert "ScratchPlugin.swift:4" in output, output
