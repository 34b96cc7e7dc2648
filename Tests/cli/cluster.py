"""Several pods on one PostgreSQL, the simulated New Eden in front of them, and people who are logged in."""

import base64
import contextlib

from feed_gate import FeedGate
from ledger import Ledger
from people import Person, character
from private_postgres import PrivatePostgres
from processes import BATTLESCOPE, Folder, Pod, Simulator, run

# All requests come from one address, many from one account, and everybody logs in within the same minute. The limit for requests
# with credentials from one address (500 a second and pod) is no setting, and stays.
RAISED_LIMITS = {"BATTLESCOPE_RATE_ACCOUNT": "100000", "BATTLESCOPE_RATE_ADDRESS": "100000", "BATTLESCOPE_RATE_LOGIN": "100000"}
KEYS = "test:" + base64.b64encode(bytes(range(32))).decode()


class Cluster:
    """What pods share. Pods are started by tests: `with cluster.pod("a", ...)`."""

    def __init__(self, folder, simulator, postgres, variables):
        self.folder = folder
        self.simulator = simulator
        self.postgres = postgres
        self.database = postgres.database("battlescope")
        self.variables = simulator.variables | RAISED_LIMITS | {
            "BATTLESCOPE_ENCRYPTION_KEYS": KEYS, "BATTLESCOPE_SUPERADMINS": character(simulator, "superadmin")} | variables
        self.urls = []
        self._people = {}
        migrated = self.command("migrate")
        assert migrated.returncode == 0, migrated.stderr

    def command(self, *arguments, **variables):
        return run(BATTLESCOPE, *arguments, DATABASE_URL=self.database.url, **(self.variables | variables))

    @contextlib.contextmanager
    def pod(self, name, *arguments, **variables):
        """A pod that is ready; `url` is where."""
        with Pod(self.folder, name, self.database, *arguments, **(self.variables | variables)) as pod:
            pod.url = pod.wait_until_ready()
            yield pod

    # People

    def person(self, key, pod):
        """A simulated character's browser, logged in once for all pods, to be used with this one."""
        if key not in self._people:
            person = self._people[key] = Person(pod.url)
            answer = person.log_in(key)
            assert (answer.status, answer.location) == (302, "/"), answer.body
        return self._people[key].at(pod.url)

    def nobody(self, pod):
        """A browser that is not logged in."""
        return Person(pod.url)

    def account(self, key, pod):
        """The id of a character's account."""
        return self.person(key, pod).ask("/me").json["accountId"]

    def grant(self, key, role, pod, feature="battle-reports"):
        """Gives a role, or takes it away (None), as the superadmin does."""
        superadmin, path = self.person("superadmin", pod), f"/admin/accounts/{self.account(key, pod)}/feature-roles"
        if role:
            answer = superadmin.ask(path, "PUT", {"featureKey": feature, "roleKey": role})
        else:
            answer = superadmin.ask(f"{path}/{feature}", "DELETE")
        assert answer.status == 200, answer.body
        # A rise makes the next look at /me bring a new cookie; nobody should get it in the middle of something.
        self.person(key, pod).ask("/me")

    def fleet(self, pod):
        """What living pods say: plugin to a list of its rows."""
        answer = self.person("superadmin", pod).ask("/admin/plugins")
        assert answer.status == 200, answer.body
        found = {}
        for row in answer.json["items"]:
            if not row["isGone"]:
                found.setdefault(row["plugin"], []).append(row)
        return found


@contextlib.contextmanager
def cluster(*simulated, **variables):
    """A folder, a simulator with these arguments, a PostgreSQL, and nothing that runs on them yet."""
    with Folder() as folder, PrivatePostgres() as postgres:
        # A hundredth: fast, and the feed is still asked only ten times a second when it has nothing.
        with Simulator(folder, "--faults", "none", "--keep", "10000000", *simulated, time_scale=0.01) as simulator:
            yield Cluster(folder, simulator, postgres, variables)


@contextlib.contextmanager
def gated(cluster, published):
    """Lets the feed begin with this share of its killmails; returns gate and ledger."""
    ledger = Ledger(cluster.simulator.ledger_file)
    with FeedGate(cluster.simulator, 0) as gate:
        publish(gate, ledger, published)
        cluster.variables |= gate.variables
        yield gate, ledger


def publish(gate, ledger, share):
    """Up to this share of all. Returns the killmails that have been published by then."""
    numbers = ledger.readable_sequences
    gate.last = numbers[int(len(numbers) * share) - 1]
    return {line["killmailId"] for line in ledger.lines if line["expected"] and line["sequence"] <= gate.last}
