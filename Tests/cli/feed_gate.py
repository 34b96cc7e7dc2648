"""Stands between battlescope and the simulated feed, and decides when killmails are published."""

import http.server
import json
import re
import threading
import urllib.error
import urllib.request


class FeedGate:
    """A feed that has no number beyond `last`, until that is raised; everything else is as the simulator says."""

    def __init__(self, simulator, last):
        self.simulator = simulator
        self.last = last
        self.asked = 0
        gate = self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self):
                gate.asked += 1
                status, body = gate.answer(self.path, self.headers)
                self.send_response(status)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_):
                pass

        self._server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True

    def __enter__(self):
        threading.Thread(target=self._server.serve_forever, daemon=True).start()
        return self

    def __exit__(self, *_):
        self._server.shutdown()
        self._server.server_close()

    @property
    def variables(self):
        """What points battlescope at it."""
        return {"R2Z2_URL": f"http://127.0.0.1:{self._server.server_address[1]}/r2z2"}

    def answer(self, path, headers):
        number = re.fullmatch(r"/r2z2/ephemeral/([0-9]+)\.json", path)
        if number and int(number[1]) > self.last:
            return 404, b"{}"
        request = urllib.request.Request(self.simulator.url + path, headers={"User-Agent": headers.get("User-Agent", "")})
        try:
            with urllib.request.urlopen(request, timeout=20) as response:
                status, body = response.status, response.read()
        except urllib.error.HTTPError as error:
            status, body = error.code, error.read()
        if status == 200 and path.endswith("/sequence.json"):
            content = json.loads(body)
            body = json.dumps(content | {"sequence": min(content["sequence"], self.last)}).encode()
        return status, body
