"""Somebody's browser: logs in through the simulator, keeps cookies, asks for things."""

import http.client
import http.cookiejar
import json
import urllib.error
import urllib.parse
import urllib.request


class _Stay(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *_):
        return None


class Answer:
    def __init__(self, response):
        self.status = response.status
        self.headers = response.headers
        self.body = response.read()

    @property
    def location(self):
        return self.headers["Location"]

    @property
    def json(self):
        return json.loads(self.body)


class Person:
    """One browser, with one server."""

    def __init__(self, url, jar=None):
        self.url = url
        self.jar = http.cookiejar.CookieJar() if jar is None else jar
        self._opener = urllib.request.build_opener(_Stay, urllib.request.HTTPCookieProcessor(self.jar))

    def at(self, url):
        """The same browser with another pod: pods share their cookies, as they do behind one address."""
        return Person(url, self.jar)

    def ask(self, path, method="GET", body=None, **headers):
        """A path of the server, or an address that it sent us to."""
        url = urllib.parse.urljoin(self.url, path)
        data = None if body is None else json.dumps(body).encode()
        sent = {name.replace("_", "-"): value for name, value in headers.items()}
        if method != "GET":
            sent = {"Origin": self.url} | sent
        if data is not None:
            sent |= {"Content-Type": "application/json"}
        try:
            return Answer(self._opener.open(urllib.request.Request(url, data, sent, method=method), timeout=30))
        except urllib.error.HTTPError as error:
            return Answer(error)

    def begin(self, wanted="/"):
        """Where the single sign-on is."""
        return self.ask("/auth/login?redirect=" + urllib.parse.quote(wanted)).location

    def choose(self, address, character, **more):
        """Where the single sign-on sends us back to."""
        return self.ask(address + "&" + urllib.parse.urlencode({"character": character} | more)).location

    def log_in(self, character, wanted="/", **more):
        return self.ask(self.choose(self.begin(wanted), character, **more))

    @property
    def cookie(self):
        """For clients of another kind."""
        return {"Cookie": f"battlescope_session={self.session}"}

    @property
    def session(self):
        return next((cookie.value for cookie in self.jar if cookie.name == "battlescope_session"), None)


def character(simulator, key):
    """The id of a simulated character."""
    with urllib.request.urlopen(f"{simulator.url}/sso/characters/{key}", timeout=10) as answer:
        return str(json.load(answer)["id"])
