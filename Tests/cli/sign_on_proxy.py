"""Stands between battlescope and the simulated single sign-on: knows every secret that passes, and can answer with them."""

import base64
import json
import urllib.parse

from outside_proxy import OutsideProxy


class SignOnProxy(OutsideProxy):
    """`sickness` is what the answers with tokens are like: None as they should be; "400", "500", "200" a status whose body repeats
    everything that was sent; "forged" a token whose signature is wrong; "redirect" to an address with everything in it."""

    def __init__(self, simulator, canaries):
        super().__init__(simulator)
        self.canaries = canaries
        self.sickness = None
        self.grants = []

    @property
    def variables(self):
        """What points battlescope at it; browsers go to the simulator."""
        return {"SSO_URL": f"{self.url}/sso",
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
        status, content_type, answer = self.forward(path, body, headers)
        if path.endswith("/token") and status == 200:
            answer = self._note(json.loads(answer))
        return status, content_type, answer

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
