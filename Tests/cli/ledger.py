"""The simulator's ledger: what was published, and what of it must be in the database (docs/simulator.md)."""

import json
import urllib.error
import urllib.request

from waiting import until


class Ledger:
    def __init__(self, path):
        self.lines = [json.loads(line) for line in path.read_text().splitlines()]

    def ids(self, kind):
        return {line["killmailId"] for line in self.lines if line["kind"] == kind} - {None}

    def sequences(self, kind):
        return {line["sequence"] for line in self.lines if line["kind"] == kind}

    @property
    def expected(self):
        """Killmail id to hash."""
        return {line["killmailId"]: line["hash"] for line in self.lines if line["expected"]}

    @property
    def readable_sequences(self):
        """Numbers of the feed, oldest first, without those that had expired from the start."""
        return sorted(line["sequence"] for line in self.lines if line["kind"] != "expired")

    def fetch_killmails(self, simulator):
        """The expected killmails in ESI's form, from a simulator of their own: asking heals faults."""
        killmails = []
        for killmail, digest in sorted(self.expected.items()):
            request = urllib.request.Request(f"{simulator.url}/esi/killmails/{killmail}/{digest}/",
                                             headers={"User-Agent": "tests (tests@example.org)"})

            def answer():
                try:
                    with urllib.request.urlopen(request, timeout=20) as response:
                        return json.load(response)
                except (OSError, ValueError):
                    return None  # one of ESI's faults; it heals

            killmails.append(until(answer, f"ESI has {request.full_url}"))
        return killmails
