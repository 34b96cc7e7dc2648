"""`battlescope killmails`: what was given up, from the command line, beside a running server."""

import pytest

from processes import BATTLESCOPE, Folder, Server, run

USAGE = 64


@pytest.fixture(scope="module")
def server():
    with Folder() as folder, Server(folder, "--no-workers", BATTLESCOPE_FEED="off") as server:
        server.wait_until_ready()
        server.database.execute("""
            INSERT INTO killmails.killmail (killmail_id, hash)
                SELECT id, decode(lpad(id::text, 40, '0'), 'hex') FROM generate_series(1, 4) id;
            INSERT INTO killmails.enrichment (killmail_id, status, attempts, next_attempt_at, last_error, failed_at)
                SELECT id, CASE id WHEN 4 THEN 'pending' ELSE 'failed' END::killmails.enrichment_status, 12, '2026-01-01Z',
                    'no such killmail', '2026-01-02Z' FROM generate_series(1, 4) id""")
        yield server


def killmails(server, *arguments):
    return run(BATTLESCOPE, "killmails", *arguments, DATABASE_URL=server.database.url)


def failed(server):
    return [line.split("\t")[0] for line in killmails(server, "failed").stdout.splitlines()]


@pytest.mark.parametrize("arguments", [(), ("--all", "7"), ("x",), ("0",), ("-1",)])
def test_which_ones_must_be_said(arguments):
    result = run(BATTLESCOPE, "killmails", "requeue", *arguments)
    assert result.returncode == USAGE and result.stderr


def test_what_was_given_up_is_listed_and_tried_again(server):
    lines = killmails(server, "failed").stdout.splitlines()
    assert lines == [f"{id}\t12\t2026-01-02T00:00:00Z\tno such killmail" for id in (3, 2, 1)]
    assert killmails(server, "failed", "--limit", 1).stdout.splitlines() == lines[:1]

    one = killmails(server, "requeue", 2, 4)
    assert one.stdout == "2 requeued\n"
    assert one.returncode == USAGE and "4" in one.stderr, "4 waits already"
    assert failed(server) == ["3", "1"]

    assert killmails(server, "requeue", "--all").stdout == "2 requeued\n"
    assert killmails(server, "requeue", "--all").stdout == "0 requeued\n"
    assert failed(server) == []
    audit = server.database.rows("SELECT action, target, actor FROM kernel.audit_log ORDER BY number")
    assert audit == [["killmail.requeued", "killmail:2", None], ["killmail.requeued", "killmails:failed", None]]
