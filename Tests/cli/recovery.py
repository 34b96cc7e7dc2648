"""One replay during which programs are killed, and the comparison of what the database then holds with the truth."""

import json
import random

import processes
from ledger import Ledger
from processes import Folder, Server, Simulator
from waiting import until

# Kills that may be there although they are not expected: only files older than the first number have them.
OPTIONAL_KIND = "expired"


class Universe:
    """What the simulator is asked to publish; the same at every start."""

    def __init__(self, *arguments):
        self.arguments = arguments

    @classmethod
    def invented(cls, kills):
        return cls("--kills", str(kills), "--start", "2026-03-14T18:00:00Z", "--first-sequence", "200000001", "--seed", "7")

    @classmethod
    def recorded(cls, file):
        return cls("--replay", str(file), "--seed", "7")

    def simulator(self, folder, faults="all"):
        # Nothing expires while the server is down.
        return Simulator(folder, "--faults", faults, "--keep", "10000000", *self.arguments)


def truth(universe, faults="all"):
    """The ledger with these faults on, and its expected killmails in ESI's form."""
    with Folder() as folder, universe.simulator(folder, faults) as simulator:
        ledger = Ledger(simulator.ledger_file)
        return ledger, ledger.fetch_killmails(simulator)


def analyzed(killmails):
    """The battles that `battlescope analyze` makes of them: a set of sets of ids."""
    with Folder() as folder:
        source, target = folder / "killmails.ndjson", folder / "battles.ndjson"
        write_killmails(killmails, source)
        result = processes.run(processes.BATTLESCOPE, "analyze", "--killmails", source, "--battles-out", target)
        assert result.returncode == 0, result.stderr
        return {frozenset(json.loads(line)["killmailIds"]) for line in target.read_text().splitlines()}


def write_killmails(killmails, path):
    path.write_text("".join(json.dumps(killmail) + "\n" for killmail in killmails))


def replay(killmails):
    """The battles that a server makes of them when nothing goes wrong."""
    with Folder() as folder:
        recording = folder / "recording.ndjson"
        write_killmails(killmails, recording)
        with Universe.recorded(recording).simulator(folder, faults="none") as simulator:
            with Server(folder, **simulator.variables) as server:
                ledger = Ledger(simulator.ledger_file)
                wait_until_done(server, ledger)
                return battles(server.database)


def battles(database):
    return {frozenset(ids) for ids in database.column(
        "SELECT json_agg(killmail_id) FROM battle_reports.battle_killmails WHERE battle_id IS NOT NULL GROUP BY battle_id")}


STATE = """
SELECT (SELECT max(cursor) FROM killmails.feed_state) AS cursor,
       (SELECT count(*) FROM killmails.detail) AS stored,
       (SELECT count(*) FROM killmails.enrichment WHERE status <> 'failed') AS incomplete,
       (SELECT count(*) FROM kernel.queue_item) AS queued,
       (SELECT coalesce(json_agg(sequence), '[]') FROM killmails.feed_gap) AS gaps
"""


def wait_until_done(server, ledger, seconds=120):
    """Until the server has read everything that can be read, completed and clustered it; it hopes for the rest for a day."""
    last, state = ledger.readable_sequences[-1], None
    hopeless = ledger.sequences("hole") | ledger.sequences("expired")

    def is_done():
        nonlocal state
        assert server.process.poll() is None, f"battlescope ended with {server.process.returncode}\n{server.tail()}"
        found = server.database.ask(STATE)
        state = found[0] if found else state
        return found and state[0] is not None and state[0] >= last and state[2:4] == [0, 0] and set(state[4]) <= hopeless

    until(is_done, f"all of {len(ledger.expected)} killmails up to number {last} are done", seconds,
          lambda: f"cursor, stored, incomplete, queued, gaps: {state}\n{server.tail()}")


class Chaos:
    """Kills at moments that a seed chooses, as positions in the feed: the same on a slow machine and a fast one."""

    def __init__(self, ledger, seed, server_kills, database_kills, say=lambda text: None):
        dice = random.Random(seed)
        sequences = ledger.readable_sequences
        # The last tenth is left for what happens after the last kill.
        moments = lambda count: sorted(dice.sample(sequences[: len(sequences) * 9 // 10], count))
        plan = [(moment, "server") for moment in moments(server_kills)]
        plan += [(moment, "backend" if number % 2 else "postmaster") for number, moment in enumerate(moments(database_kills))]
        self.plan = sorted(plan)
        self.say = say
        self.killed = {"server": 0, "postmaster": 0, "backend": 0}

    def run(self, server):
        for moment, victim in self.plan:
            until(lambda: self.has_reached(server, moment), f"the feed is read up to {moment}", 120, server.tail)
            if victim == "server":
                server.kill()
                server.start()
            elif victim == "postmaster":
                server.database.kill_postmaster()
            else:
                until(server.database.kill_backend, "a backend to kill")
            self.killed[victim] += 1
            self.say(f"number {moment}: killed the {victim} ({sum(self.killed.values())} of {len(self.plan)})")

    @staticmethod
    def has_reached(server, moment):
        assert server.process.poll() is None, f"battlescope ended with {server.process.returncode}\n{server.tail()}"
        found = server.database.ask("SELECT max(cursor) AS cursor FROM killmails.feed_state")
        return found and found[0][0] is not None and found[0][0] >= moment


def assert_nothing_missing_or_double(database, ledger, killmails):
    stored = database.column("SELECT killmail_id FROM killmails.killmail WHERE occurred_at IS NOT NULL")
    expected = set(ledger.expected)
    assert expected - set(stored) == set(), "killmails are missing"
    assert set(stored) - expected <= ledger.ids(OPTIONAL_KIND), "killmails that nobody published"
    assert database.value("SELECT count(*) FROM killmails.killmail WHERE occurred_at IS NULL") == 0, "never completed"
    assert sorted(database.column("SELECT killmail_id FROM killmails.detail")) == sorted(stored), "details missing or double"
    attackers = dict(database.rows("""
        SELECT killmail_id, json_agg(json_build_array(character_id, ship_type_id, damage_done) ORDER BY position) AS attackers
        FROM contract.attacker GROUP BY killmail_id"""))
    counted = dict(database.rows("SELECT killmail_id, attacker_count FROM killmails.detail"))
    for killmail in killmails:
        id, expected = killmail["killmail_id"], killmail["attackers"]
        expected = [[one.get("character_id"), one.get("ship_type_id"), one["damage_done"]] for one in expected]
        assert (attackers.get(id, []), counted[id]) == (expected, len(expected)), f"attackers of {id}"
    assert database.column("SELECT killmail_id FROM killmails.enrichment") == [], "enrichment that is left or failed"
    assert set(database.column("SELECT sequence FROM killmails.reject")) == ledger.sequences("lie"), "rejects are the lies"
    assert database.value("SELECT count(*) FROM kernel.queue_item") == 0, "left in the queue"


def assert_battles_add_up(database):
    assert database.rows("""
        SELECT b.id, b.total_kills, k.kills, b.total_isk_destroyed, k.isk, b.start_time, k.first, b.end_time, k.last
        FROM battle_reports.battle b LEFT JOIN (
            SELECT battle_id, count(*) AS kills, sum(isk_value) AS isk, min("timestamp") AS first, max("timestamp") AS last
            FROM battle_reports.battle_killmails GROUP BY battle_id) k ON k.battle_id = b.id
        WHERE b.total_kills <> coalesce(k.kills, 0) OR b.total_isk_destroyed <> coalesce(k.isk, 0)
           OR b.start_time <> k.first OR b.end_time <> k.last""") == [], "totals are not the sum of the members"
    assert database.rows("""
        SELECT b.id, b.total_participants, count(p.character_id) AS participants
        FROM battle_reports.battle b LEFT JOIN (SELECT DISTINCT battle_id, character_id FROM battle_reports.battle_participants) p
            ON p.battle_id = b.id
        GROUP BY b.id HAVING b.total_participants <> count(p.character_id)""") == [], "participants are not those of the members"
    # The primary key says so; what it says is worth a look after a crash.
    assert database.rows("SELECT killmail_id FROM battle_reports.battle_killmails GROUP BY 1 HAVING count(*) > 1") == []
    assert database.rows("SELECT killmail_id FROM battle_reports.rejected_killmail WHERE reason = 'clustering_failed'") == []
    assert database.rows("""
        SELECT r.id FROM battle_reports.battle_redirect r JOIN battle_reports.battle b ON b.id = r.target
        WHERE b.total_kills = 0""") == [], "an id leads to no living battle"
