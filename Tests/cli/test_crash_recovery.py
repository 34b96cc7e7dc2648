"""kill -9 of battlescope and of its PostgreSQL at random moments of a replay, all faults on: afterwards nothing is missing,
nothing is double, and the battles are the same as without faults.

The short form is part of `make test`; `make faults` runs the long one (scripts/faults).
"""

import os
import sys
import time

import pytest

from recovery import (Chaos, Universe, analyzed, assert_battles_add_up, assert_nothing_missing_or_double, battles, replay, truth,
                      wait_until_done)
from processes import Folder, Server

RECORDING = os.environ.get("CRASH_RECORDING")
KILLS = int(os.environ.get("CRASH_INVENTED_KILLS", "400"))
SERVER_KILLS = int(os.environ.get("CRASH_SERVER_KILLS", "3"))
DATABASE_KILLS = int(os.environ.get("CRASH_DATABASE_KILLS", "1"))
SEED = int(os.environ.get("CRASH_SEED", "1"))


def say(text):
    """Seen with pytest -s."""
    print(f"{time.strftime('%H:%M:%S')} {text}", file=sys.stderr, flush=True)


def test_nothing_is_missing_or_double_after_crashes():
    universe = Universe.recorded(RECORDING) if RECORDING else Universe.invented(KILLS)
    started = time.monotonic()
    ledger, killmails = truth(universe)
    say(f"{len(ledger.expected)} killmails in {len(ledger.lines)} lines of the ledger, {len(ledger.sequences('lie'))} lies")
    expected_battles = analyzed(killmails)
    with Folder() as folder, universe.simulator(folder) as simulator:
        with Server(folder, **simulator.variables) as server:
            chaos = Chaos(ledger, SEED, SERVER_KILLS, DATABASE_KILLS, say)
            chaos.run(server)
            wait_until_done(server, ledger)
            say("all read; comparing")
            assert chaos.killed["server"] == SERVER_KILLS
            assert chaos.killed["postmaster"] + chaos.killed["backend"] == DATABASE_KILLS
            assert_nothing_missing_or_double(server.database, ledger, killmails)
            assert_battles_add_up(server.database)
            found = battles(server.database)
    assert found == expected_battles, "other battles than battlescope analyze makes of the same killmails"
    assert found == replay(killmails), "other battles than without faults"
    say(f"{len(killmails)} killmails, {len(found)} battles with {sum(map(len, found))} kills; killed {chaos.killed}; "
        f"nothing missing, nothing double; {time.monotonic() - started:.0f} s")


# What the comparison says, and the statement after which it must say it.
DAMAGES = [
    ("killmails are missing",
     "DELETE FROM killmails.killmail WHERE killmail_id = (SELECT min(killmail_id) FROM killmails.killmail)"),
    ("details missing or double", """INSERT INTO killmails.detail SELECT * FROM jsonb_populate_record(NULL::killmails.detail,
        (SELECT to_jsonb(d) || jsonb_build_object('occurred_at', occurred_at + interval '1 second')
         FROM killmails.detail d LIMIT 1))"""),
    ("attackers of", r"""UPDATE killmails.detail SET attackers = '\x0100' WHERE killmail_id =
        (SELECT min(killmail_id) FROM killmails.detail)"""),
    ("killmails that nobody published", "INSERT INTO killmails.killmail VALUES (1, '2026-03-14', NULL)"),
    ("never completed", "INSERT INTO killmails.killmail VALUES (1, NULL, NULL)"),
    ("left in the queue", "INSERT INTO kernel.queue_item (queue, key) VALUES ('nobody.reads', 1)"),
    ("rejects are the lies", "INSERT INTO killmails.reject VALUES ('r2z2', 1, NULL, 'code', 'message', '2026-03-14')"),
    ("totals are not the sum", "UPDATE battle_reports.battle SET total_kills = total_kills + 1"),
    ("totals are not the sum", """UPDATE battle_reports.battle_killmails SET battle_id = NULL WHERE killmail_id =
        (SELECT min(killmail_id) FROM battle_reports.battle_killmails WHERE battle_id IS NOT NULL)"""),
    ("participants are not those", "UPDATE battle_reports.battle SET total_participants = total_participants + 1"),
]


def test_the_comparison_notices_each_damage():
    universe = Universe.invented(60)
    ledger, killmails = truth(universe, faults="none")

    def compare(database):
        assert_nothing_missing_or_double(database, ledger, killmails)
        assert_battles_add_up(database)

    with Folder() as folder, universe.simulator(folder, faults="none") as simulator:
        with Server(folder, **simulator.variables) as server:
            wait_until_done(server, ledger)
            compare(server.database)
            for complaint, damage in DAMAGES:
                damaged = server.database.damaged(damage)
                assert damaged.value("SELECT 1 AS one") == 1, f"no SQL: {damage}"
                with pytest.raises(AssertionError, match=complaint):
                    compare(damaged)
