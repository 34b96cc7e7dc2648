"""The two programs as child processes: free ports, data folders of their own, nothing left behind."""

import json
import os
import pathlib
import re
import shutil
import signal
import subprocess
import tempfile
import urllib.request

from database import Database
from embedded_redis import EmbeddedRedis
from waiting import until

ROOT = pathlib.Path(__file__).resolve().parents[2]
BATTLESCOPE = pathlib.Path(os.environ.get("TEST_BATTLESCOPE", ROOT / ".build/debug/battlescope"))
SIMULATOR = pathlib.Path(os.environ.get("TEST_SIMULATOR", ROOT / ".build/debug/eve-simulator"))
CONTACT = "tests@example.org"

# What a developer has set for their own server must not reach a test.
OURS = re.compile(r"BATTLESCOPE_|DATABASE_URL$|R2Z2_URL$|ESI_URL$|REDIS_|SSO_|EVE_|SESSION_|IMAGES_URL$|SDE_URL$|LOG_|PG")


def environment(**variables):
    inherited = {name: value for name, value in os.environ.items() if not OURS.match(name)}
    return inherited | {"LOG_FORMAT": "json"} | variables


def run(program, *arguments, timeout=60, **variables):
    """Runs a command to its end."""
    return subprocess.run([program, *map(str, arguments)], cwd=ROOT, env=environment(**variables), text=True,
                          capture_output=True, stdin=subprocess.DEVNULL, timeout=timeout)


class Folder:
    """A folder that every user may enter: started as root, PostgreSQL runs as somebody else."""

    def __enter__(self):
        # Not where TMPDIR points: that may be closed to others.
        self.path = pathlib.Path(tempfile.mkdtemp(prefix="battlescope-cli-", dir="/tmp"))
        self.path.chmod(0o755)
        return self.path

    def __exit__(self, *_):
        # TEST_KEEP=DIR keeps the logs and ledgers of every test.
        if keep := os.environ.get("TEST_KEEP"):
            kept = pathlib.Path(keep) / self.path.name
            kept.mkdir(parents=True)
            for file in self.path.iterdir():
                if file.is_file():
                    shutil.copy(file, kept)
        shutil.rmtree(self.path, ignore_errors=True)


class Simulator:
    """eve-simulator on a free port, everything published at once unless told otherwise."""

    def __init__(self, folder, *arguments, time_scale=0.001, speed="max"):
        self.ledger_file = folder / "ledger.ndjson"
        self.log = folder / "simulator.log"
        self.time_scale = time_scale
        self.command = [SIMULATOR, "--listen", "127.0.0.1:0", "--ledger", self.ledger_file, "--time-scale", time_scale,
                        "--speed", speed, *arguments]

    def __enter__(self):
        with self.log.open("w") as log:
            self.process = subprocess.Popen([str(word) for word in self.command], cwd=ROOT, env=environment(), text=True,
                                            stdout=subprocess.PIPE, stderr=log, stdin=subprocess.DEVNULL)
        announcement = self.process.stdout.readline()
        found = re.match(r"eve-simulator listening on (http://\S+)", announcement)
        assert found, f"{announcement}{self.log.read_text()}"
        self.url = found.group(1)
        return self

    def __exit__(self, *_):
        self.process.terminate()
        self.process.wait(timeout=30)
        self.process.stdout.close()

    def counters(self):
        with urllib.request.urlopen(f"{self.url}/counters", timeout=10) as response:
            return json.load(response)

    @property
    def variables(self):
        """What points battlescope at it."""
        return {"R2Z2_URL": f"{self.url}/r2z2", "ESI_URL": f"{self.url}/esi", "SDE_URL": f"{self.url}/sde",
                "SSO_URL": f"{self.url}/sso", "EVE_CLIENT_ID": "battlescope-test",
                "BATTLESCOPE_CONTACT": CONTACT, "BATTLESCOPE_OUTSIDE_TIME_SCALE": str(self.time_scale)}


class Server:
    """`battlescope serve` with its own data folder and embedded PostgreSQL; can be killed and started again."""

    def __init__(self, folder, *arguments, **variables):
        self.data = folder / "data"
        self.log = folder / "battlescope.log"
        self.arguments = arguments
        self.variables = variables
        self.database = Database(self.data)
        self.redis = EmbeddedRedis(self.data)
        self.process = None

    def start(self):
        with self.log.open("a") as log:
            self.starts_at = log.tell()
            self.process = subprocess.Popen(
                [BATTLESCOPE, "serve", "--listen", "127.0.0.1:0", "--data-dir", self.data, *self.arguments], cwd=ROOT,
                env=environment(**self.variables), stdout=log, stderr=log, stdin=subprocess.DEVNULL)
        return self

    def __enter__(self):
        return self.start()

    def __exit__(self, *_):
        self.end()
        # Only after a kill or a defect; a server that ends takes its PostgreSQL and its Redis along.
        self.database.end()
        self.redis.kill()

    def end(self):
        if self.process.poll() is None:
            self.process.terminate()
            try:
                self.process.wait(timeout=40)
            except subprocess.TimeoutExpired:
                self.kill()

    def kill(self):
        self.process.send_signal(signal.SIGKILL)
        self.process.wait(timeout=30)

    def lines(self):
        """Its log since the last start, as objects."""
        with self.log.open() as log:
            log.seek(self.starts_at)
            for line in log:
                if line.startswith("{") and line.endswith("\n"):
                    yield json.loads(line)

    def wait_until_ready(self, seconds=60):
        """Returns its URL."""
        def ready():
            assert self.process.poll() is None, f"battlescope ended with {self.process.returncode}\n{self.tail()}"
            return next((line["url"] for line in self.lines() if line["msg"] == "BattleScope is ready"), None)
        return until(ready, "battlescope is ready", seconds, self.tail)

    def tail(self):
        return "".join(self.log.read_text().splitlines(keepends=True)[-15:])


class Pod(Server):
    """`battlescope serve` on a database that other pods use, too."""

    def __init__(self, folder, name, database, *arguments, **variables):
        home = folder / name
        home.mkdir()
        super().__init__(home, *arguments, DATABASE_URL=database.url, **variables)
        self.name = name
        # Where the folder's logs are kept from.
        self.log = folder / f"{name}.log"
        self.database = database

    def __exit__(self, *_):
        self.end()
