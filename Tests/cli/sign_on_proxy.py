"""Stands between battlescope and the simulated single sign-on: knows every secret that passes, and can answer with them."""

import base64
import http.server
import json
import threading
import urllib.error
import urllib.parse
import urllib.request


class SignOnProxy:
    """`sickness` is what the answers with tokens are like: None as they should be; "400", "500", "200" a status whose body repeats
    everything that was sent; "forged" a token whose signature is wrong; "redirect" to an address with everything in it."""

    def __init__(self, simulator, canaries):
        self.simulator = simulator
        self.canaries = canaries
        self.sickness = None
        self.grants = []
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
    def variables(self):
        """What points battlescope at it; browsers go to the simulator."""
        return {"SSO_URL": f"http://127.0.0.1:{self._server.server_address[1]}/sso",
                "SSO_BROWSER_URL": f"{self.simulator.url}/sso"}

    def answer(self, path, body, headers):
        sent = dict(urllib.parse.parse_qsl((body or b"").decode()))
        for name, title in [("code", "code"), ("code_verifier", "PKCE verifier"), ("refresh_token", "refresh token"),
                            ("token", "refresh token")]:
            if name in sent:
                self.canaries.add(title, sent[name])
        if authorization := headers.get("Authorization"):
            self.canaries.add("client's credentials", authorization.removeprefix("Basic "))
        everything = f"{(body or b'').decode()} {headers.get('Authorization')}"
        if path.endswith("/token") and self.sickness in ["400", "500", "200"]:
            return int(self.sickness), "application/json", json.dumps(
                {"error": everything, "error_description": everything, "access_token": everything}).encode()
        if path.endswith("/token") and self.sickness == "redirect":
            return 302, "text/html", f"{self.simulator.url}/sso/?{urllib.parse.quote(everything)}".encode()
        status, content_type, answer = self._forward(path, body, headers)
        if path.endswith("/token") and status == 200:
            answer = self._note(json.loads(answer))
        return status, content_type, answer

    def _forward(self, path, body, headers):
        kept = {name: headers[name] for name in ["Authorization", "Content-Type", "User-Agent", "Accept"] if headers.get(name)}
        request = urllib.request.Request(self.simulator.url + path, body, kept)
        try:
            with urllib.request.urlopen(request, timeout=20) as response:
                return response.status, response.headers["Content-Type"], response.read()
        except urllib.error.HTTPError as error:
            return error.code, error.headers["Content-Type"], error.read()

    def _note(self, tokens):
        if self.sickness == "forged":
            head, claims, _ = tokens["access_token"].split(".")
            tokens["access_token"] = ".".join([head, claims, base64.urlsafe_b64encode(bytes(range(256))).decode().rstrip("=")])
        # The head is the same in all of them, and so is the beginning of the claims; the rest is what matters.
        _, claims, signature = tokens["access_token"].split(".")
        self.canaries.add("access token", claims[len(claims) // 2:])
        self.canaries.add("access token", signature)
        if tokens.get("refresh_token"):
            self.canaries.add("refresh token", tokens["refresh_token"])
        self.grants.append(tokens)
        return json.dumps(tokens).encode()
