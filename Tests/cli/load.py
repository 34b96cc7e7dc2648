"""Requests at a steady pace over kept connections, and what became of each of them."""

import asyncio
import dataclasses
import itertools
import threading
import time
import urllib.parse

from waiting import until

# Between two looks at the clock; what is due is then sent at once.
TICK_SECONDS = 0.01
MOST_WAITING = 1_000
DEADLINE_SECONDS = 20


@dataclasses.dataclass
class Outcome:
    url: str
    begun: float
    took: float
    # None: there was no whole answer.
    status: int | None
    trouble: str = ""
    # The pod had closed the connection before it read the request, and another pod answered (see Load).
    moved: bool = False

    def __str__(self):
        return f"{self.url} at {self.begun:.3f}: {self.status or self.trouble} after {self.took * 1000:.0f} ms"


class Load:
    """Asks for URLs in turn, from a thread of its own, at a pace that does not wait for answers. Nothing is tried twice, with
    one exception.

    A connection that is kept can be closed by the server at the moment in which the client uses it again; HTTP lets clients try
    again when no byte of an answer came (RFC 9110, 9.2.2), and proxies do, elsewhere. With `elsewhere`, the URL of another pod,
    so does this; such requests are marked as moved.
    """

    def __init__(self, urls, headers=None, per_second=500, connections=8, expected=(200,), elsewhere=None):
        self.urls = urls
        self.expected = expected
        self.headers = headers or {}
        self.per_second = per_second
        self.connections = connections
        self.elsewhere = elsewhere
        self.outcomes = []
        self._ending = threading.Event()
        self._thread = threading.Thread(target=lambda: asyncio.run(self._run()), name="load")

    def __enter__(self):
        self.began = time.monotonic()
        self._thread.start()
        return self

    def __exit__(self, *_):
        self.stop()

    def stop(self):
        """Asks for nothing more, and waits for the answers that are due."""
        self._ending.set()
        self._thread.join(timeout=60)
        assert not self._thread.is_alive(), "the load does not end"

    # What became of it

    @property
    def failures(self):
        return [str(outcome) for outcome in self.outcomes if outcome.status not in self.expected]

    def wait_for_answers(self, count, since=0.0, seconds=60):
        """Until so many requests that were sent after a moment have been answered."""
        until(lambda: sum(outcome.begun >= since for outcome in self.outcomes) >= count, f"{count} answers", seconds,
              lambda: f"{len(self.outcomes)} in {time.monotonic() - self.began:.1f} s; {self.failures[:5]}")

    def __str__(self):
        took = sorted(outcome.took for outcome in self.outcomes)
        seconds = max(outcome.begun for outcome in self.outcomes) - self.began
        return (f"{len(took)} requests, {len(took) / seconds:.0f} a second, {len(self.failures)} failed, median "
                f"{took[len(took) // 2] * 1000:.0f} ms, slowest {took[-1] * 1000:.0f} ms")

    # Sending

    async def _run(self):
        waiting = asyncio.Queue(MOST_WAITING)
        senders = [asyncio.create_task(self._send(waiting)) for _ in range(self.connections)]
        urls, sent, began = itertools.cycle(self.urls), 0, time.monotonic()
        while not self._ending.is_set():
            due = int((time.monotonic() - began) * self.per_second)
            for url in itertools.islice(urls, due - sent):
                # A machine that is too slow gets fewer; what came of it is told by the rate.
                if not waiting.full():
                    waiting.put_nowait(url)
            sent = due
            await asyncio.sleep(TICK_SECONDS)
        for _ in senders:
            await waiting.put(None)
        await asyncio.gather(*senders)

    async def _send(self, waiting):
        kept = {}
        while (url := await waiting.get()) is not None:
            begun = time.monotonic()
            outcome = await self._outcome(url, kept, begun)
            if outcome.trouble == Connection.UNREAD and self.elsewhere:
                outcome = await self._outcome(urllib.parse.urljoin(self.elsewhere, urllib.parse.urlsplit(url).path), kept, begun)
                outcome.moved = True
            self.outcomes.append(outcome)
        for connection in kept.values():
            connection.close()

    async def _outcome(self, url, kept, begun):
        parts = urllib.parse.urlsplit(url)
        connection = kept.setdefault(parts.netloc, Connection(parts))
        status, trouble = None, ""
        try:
            status = await asyncio.wait_for(connection.ask(parts.path, self.headers), DEADLINE_SECONDS)
        except (OSError, EOFError, LookupError, ValueError, asyncio.TimeoutError) as error:
            trouble = str(error) or type(error).__name__
            connection.close()
        return Outcome(url, begun, time.monotonic() - begun, status, trouble)


class Connection:
    UNREAD = "closed before any answer"

    def __init__(self, parts):
        self.parts = parts
        self.reader = self.writer = None

    async def ask(self, path, headers):
        """Returns the status of a whole answer."""
        try:
            if self.writer is None:
                self.reader, self.writer = await asyncio.open_connection(self.parts.hostname, self.parts.port)
            fields = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
            self.writer.write(f"GET {path} HTTP/1.1\r\nHost: {self.parts.netloc}\r\n{fields}\r\n".encode())
            first = await self.reader.readline()
        except OSError as error:
            raise EOFError(self.UNREAD) from error
        if not first:
            raise EOFError(self.UNREAD)
        status, answer = int(first.split()[1]), {}
        while (line := await self.reader.readline()) not in (b"\r\n", b""):
            name, value = line.decode().split(":", 1)
            answer[name.lower()] = value.strip()
        await self.reader.readexactly(int(answer["content-length"]))
        if answer.get("connection") == "close":
            self.close()
        return status

    def close(self):
        if self.writer is not None:
            self.writer.close()
        self.reader = self.writer = None
