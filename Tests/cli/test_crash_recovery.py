"""kill -9 of battlescope and of its PostgreSQL at random moments of a replay, all faults on: afterwards nothing is missing,
nothing is double, and the battles are the same as without faults.

The short form is part of `make test`; `make faults` runs the long one (scripts/faults).
"""

import os
import sys
import time

from recovery import (Chaos, Universe, analyzed, assert_battles_add_up, assert_nothing_missing_or_double, battles, replay, truth,
                      wait_until_done)
from processes import Folder, Server

RECORDING = os.environ.get("CRASH_RECORDING")
KILLS = int(os.environ.get("CRASH_INVENTED_KILLS", "600"))
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
