"""Stands between battlescope and the simulator, and answers in its place."""

import http.server
import threading
import urllib.error
import urllib.request


class OutsideProxy:
    """Subclasses say in `answer` what a request is answered with; `forward` asks the simulator."""

    def __init__(self, simulator):
        self.simulator = simulator
        proxy = self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self):
                self.pass_on(None)

            def do_POST(self):
                self.pass_on(self.rfile.read(int(self.headers.get("Content-Length", 0))))

            def pass_on(self, body):
                status, content_type, answer = proxy.answer(self.path, body, self.headers)
                self.send_response(status)
                self.send_header("Content-Type", content_type)
                self.send_header("Content-Length", str(len(answer)))
                if status == 302:
                    self.send_header("Location", answer.decode())
                self.end_headers()
                self.wfile.write(answer)

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
    def url(self):
        return f"http://127.0.0.1:{self._server.server_address[1]}"

    def answer(self, path, body, headers):
        """Status, content type, body; the body of a 302 is where to go."""
        raise NotImplementedError

    def forward(self, path, body, headers):
        kept = {name: headers[name] for name in ["Authorization", "Content-Type", "User-Agent", "Accept"] if headers.get(name)}
        request = urllib.request.Request(self.simulator.url + path, body, kept)
        try:
            with urllib.request.urlopen(request, timeout=20) as response:
                return response.status, response.headers["Content-Type"], response.read()
        except urllib.error.HTTPError as error:
            return error.code, error.headers["Content-Type"], error.read()
