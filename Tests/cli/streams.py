"""An event stream as somebody's browser reads it, by a thread: what came when, and how it ended."""

import dataclasses
import json
import socket
import threading
import time
import urllib.parse

from waiting import until


@dataclasses.dataclass
class Event:
    at: float
    name: str
    data: object


class Stream:
    def __init__(self, person, path="/me/stream"):
        self.events = []
        self.comments = []
        self.retry = None
        # None while it is open; then whether the server said that it was complete.
        self.was_finished = None
        self.ended_at = None
        parts = urllib.parse.urlsplit(person.url)
        self._socket = socket.create_connection((parts.hostname, parts.port), timeout=30)
        self._socket.sendall(f"GET {path} HTTP/1.1\r\nHost: {parts.netloc}\r\nCookie: battlescope_session={person.session}"
                             "\r\nAccept: text/event-stream\r\n\r\n".encode())
        self._file = self._socket.makefile("rb")
        self.status = int(self._file.readline().split()[1])
        self.headers = {}
        while (line := self._file.readline()) not in (b"\r\n", b""):
            name, value = line.decode().split(":", 1)
            self.headers[name.lower()] = value.strip()
        if self.status == 200:
            # A heartbeat comes well within that.
            self._socket.settimeout(120)
            threading.Thread(target=self._read, daemon=True).start()

    def __enter__(self):
        assert self.status == 200, self.status
        return self

    def __exit__(self, *_):
        try:
            self._socket.shutdown(socket.SHUT_RDWR)
        except OSError:
            pass  # the server was faster
        self._socket.close()

    def _read(self):
        rest, finished = b"", False
        try:
            while (size := int(self._file.readline() or b"0", 16)) > 0:
                rest += self._file.read(size)
                self._file.readline()
                *blocks, rest = rest.split(b"\n\n")
                for block in blocks:
                    self._take(block.decode())
            # An end of file gives 0, too, but no line after it.
            finished = self._file.readline() == b"\r\n"
        except (OSError, ValueError):
            pass
        self.ended_at = time.monotonic()
        self.was_finished = finished
        # As browsers do; a server that ends waits for that.
        self.__exit__()

    def _take(self, block):
        name, data = "message", []
        for line in block.split("\n"):
            field, _, value = line.partition(":")
            value = value.removeprefix(" ")
            if field == "":
                self.comments.append(value)
            elif field == "event":
                name = value
            elif field == "data":
                data.append(value)
            elif field == "retry":
                self.retry = int(value)
        if data:
            self.events.append(Event(time.monotonic(), name, json.loads("\n".join(data))))

    def wait_for(self, name, condition=lambda data: True, since=0.0, seconds=10):
        """The first such event after a moment."""
        def find():
            return next((event for event in list(self.events)
                         if event.name == name and event.at >= since and condition(event.data)), None)
        return until(find, f"an event {name}", seconds, lambda: f"{self.events[-3:]} {self.comments}")

    def wait_for_end(self, seconds=10):
        until(lambda: self.was_finished is not None, "the end of the stream", seconds, lambda: f"{self.events[-3:]}")
        return self
