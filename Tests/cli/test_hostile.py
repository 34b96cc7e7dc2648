"""A member who means harm, with a socket: paths, methods, credentials, other sites' pages, bodies, many at once."""

import re
import socket
import urllib.parse

import pytest

from people import Person
from processes import Folder, Server, Simulator

JSON = "Content-Type: application/json\r\n"


class Attacker:
    """Somebody with a login and no role."""

    def __init__(self, server, url):
        self.server, self.url = server, url
        self.address = urllib.parse.urlparse(url)
        person = Person(url)
        assert person.log_in("member").status == 302
        self.token = person.session
        self.cookie = f"Cookie: battlescope_session={self.token}\r\n"
        self.ours = f"Origin: {url}\r\n"

    def connect(self):
        return socket.create_connection((self.address.hostname, self.address.port), timeout=30)

    def send(self, *requests):
        """What comes until the server hangs up."""
        with self.connect() as connection:
            connection.sendall("".join(requests).encode("latin-1"))
            answer = b""
            while part := connection.recv(65536):
                answer += part
        return answer.decode("latin-1")

    def request(self, target, fields="", method="GET", body="", ends=True):
        length = f"Content-Length: {len(body)}\r\n" if body else ""
        ending = "Connection: close\r\n" if ends else ""
        return f"{method} {target} HTTP/1.1\r\nHost: evil.example\r\n{fields}{length}{ending}\r\n{body}"

    def ask(self, *arguments, **more):
        """Status, and the problem's word."""
        answer = self.send(self.request(*arguments, **more))
        word = re.search(r'"error":"(\w+)"', answer)
        return int(answer.split(" ", 2)[1]), word and word.group(1)


@pytest.fixture(scope="module")
def attacker():
    with Folder() as folder, Simulator(folder, "--kills", "10", "--faults", "none") as universe:
        # All of it comes from one address.
        with Server(folder, **universe.variables, EVE_SCOPES="publicData", BATTLESCOPE_FEED="off",
                    BATTLESCOPE_RATE_ADDRESS="10000") as server:
            yield Attacker(server, server.wait_until_ready())


@pytest.fixture(autouse=True)
def nothing_breaks(attacker):
    yield
    assert [line for line in attacker.server.lines() if line["level"] >= 50] == []
    assert attacker.ask("/livez") == (200, None)


@pytest.mark.parametrize("target", [
    "/admin/accounts", "//admin/accounts", "/api/admin/accounts", "/%61dmin/accounts", "/admin//accounts/", "http://x/admin/accounts",
    "/battles", "/killmails/recent"])
def test_no_spelling_of_a_path_gets_past_its_policy(attacker, target):
    assert attacker.ask(target, attacker.cookie) == (403, "insufficient_role")
    assert attacker.ask(target) == (401, "not_signed_in")
    for word in ["X-Original-URL: /me", "X-Rewrite-URL: /me", "X-HTTP-Method-Override: GET", "X-Forwarded-Prefix: /me"]:
        assert attacker.ask(target, f"{attacker.cookie}{word}\r\n") == (403, "insufficient_role")


@pytest.mark.parametrize("target", [
    "//evil.example", "//evil.example/%2e%2e", "/%2e%2e/etc/passwd", "/../../etc/passwd", "/..%2f..%2fetc/passwd", "/me/..",
    "/admin/..;/me", "/%00", "/me%00", "/me/%ff", "/ME", "*", "/me#x", "/api/api/me"])
def test_what_is_no_path_of_ours_is_404_and_leads_nowhere(attacker, target):
    answer = attacker.send(attacker.request(target, attacker.cookie))
    assert answer.startswith("HTTP/1.1 404 ") and "Location:" not in answer
    assert "Content-Type: application/problem+json" in answer and "X-Content-Type-Options: nosniff" in answer


@pytest.mark.parametrize("target, status", [
    ("/me?" + "a&" * 4000, 400), ("/me?" + "&".join(f"{number:x}" for number in range(1500)), 400), ("/me?" + "&" * 8000, 200),
    ("/me?" + "a=1&" * 10_000, 431), ("/me?" + "a=1&" * 5_000, 414), ("/" + "a/" * 4000, 404), ("/me?%00=1", 400),
    ("/battles?" + "&".join(f"alliance_id={number}" for number in range(1, 400)), 403)])
def test_queries_without_end(attacker, target, status):
    assert attacker.ask(target, attacker.cookie)[0] == status


@pytest.mark.parametrize("method, status", [
    ("HEAD", 200), ("OPTIONS", 405), ("TRACE", 405), ("CONNECT", 405), ("PROPFIND", 405), ("PUT", 405), ("get", 400), ("FOO", 400),
    ("A" * 5000, 400)])
def test_methods(attacker, method, status):
    assert attacker.ask("/me", attacker.cookie, method=method)[0] == status


def test_the_head_of_a_stream_is_all_there_is_to_it(attacker):
    answer = attacker.send(attacker.request("/me/stream", attacker.cookie, method="HEAD"))
    assert answer.startswith("HTTP/1.1 200 ") and answer.endswith("\r\n\r\n")


@pytest.mark.parametrize("fields, status, word", [
    ("Cookie: battlescope_session={token}A\r\n", 401, "not_signed_in"),
    ("Cookie: battlescope_session={short}\r\n", 401, "not_signed_in"),
    ("Cookie: BATTLESCOPE_SESSION={token}\r\n", 401, "not_signed_in"),
    ("Cookie: battlescope_session=' OR 1=1--\r\n", 401, "not_signed_in"),
    ("Cookie: battlescope_session=\xff\xfe\r\n", 401, "not_signed_in"),
    ("Cookie: battlescope_login={token}\r\n", 401, "not_signed_in"),
    ("Cookie: a=1\r\n" * 90, 401, "not_signed_in"),
    ("Cookie: a=" + "x" * 9000 + "\r\n", 431, "cookies_too_large"),
    ("Authorization: Bearer {token}\r\n", 401, "invalid_api_key"),
    ("Authorization: Bearer " + "a" * 8000 + "\r\n", 401, "invalid_api_key"),
    # Who brings a key means to use it, not the cookie.
    ("Authorization: Bearer nonsense\r\nCookie: battlescope_session={token}\r\n", 401, "invalid_api_key"),
    ("Authorization: Bearer\r\n", 401, "not_signed_in"),
    ("Authorization: Basic e3Rva2VufTo=\r\n", 401, "not_signed_in"),
])
def test_forged_credentials(attacker, fields, status, word):
    assert attacker.ask("/me", fields.format(token=attacker.token, short=attacker.token[:-1])) == (status, word)


@pytest.mark.parametrize("fields", [
    "", "Origin: https://evil.example\r\n", "Origin: null\r\n", "Origin: {url}.evil.example\r\n",
    "Origin: {url}\r\nOrigin: https://evil.example\r\n", "Origin: https://evil.example\r\nReferer: {url}/\r\n",
    "Referer: https://evil.example/?{url}\r\n", "Referer: {url}@evil.example/\r\n", "Referer: {url}.evil.example/\r\n",
    "Referer: {url}/\r\nReferer: https://evil.example/\r\n", "Sec-Fetch-Site: same-origin\r\n"])
def test_another_sites_page_changes_nothing(attacker, fields):
    forged = attacker.cookie + JSON + fields.format(url=attacker.url)
    assert attacker.ask("/me", forged, method="PATCH", body='{"displayName":"Victim"}') == (403, "origin_not_allowed")
    assert attacker.ask("/me/characters/link/start", forged, method="POST") == (403, "origin_not_allowed")
    assert attacker.ask("/auth/logout", forged, method="POST") == (403, "origin_not_allowed")
    assert attacker.ask("/me", attacker.cookie)[0] == 200


@pytest.mark.parametrize("body, fields, status", [
    ("[" * 60_000, "", 400), ('{"a":' * 12_000, "", 400), ("{" + ",".join(f'"{n:x}":[]' for n in range(5500)) + "}", "", 400),
    ('{"displayName":"a","displayName":"b"}', "", 400), ('{"displayName":' + "9" * 60_000 + "}", "", 400),
    ('{"displayName":"a\\u0000"}', "", 400), ('{"displayName":"a\\u202eb"}', "", 400), ('{"displayName":"a\\ud800"}', "", 400),
    ('{"__proto__":{"isSuperAdmin":true},"isSuperAdmin":true}', "", 400), ('{"email":"' + "a@" * 30_000 + '"}', "", 400),
    ("{}", "Content-Encoding: gzip\r\n", 415), (" " * 65_537, "", 413)])
def test_bodies(attacker, body, fields, status):
    assert attacker.ask("/me", attacker.cookie + attacker.ours + JSON + fields, method="PATCH", body=body)[0] == status


@pytest.mark.parametrize("fields, status", [
    ("X: " + "a" * 40_000 + "\r\n", 431), ("".join(f"X-{number}: a\r\n" for number in range(101)), 431),
    ("Accept-Encoding: " + "gzip;q=1," * 2000 + "\r\n", 200), ("Accept: " + "text/html;q=0.1," * 1500 + "\r\n", 200),
    ("If-None-Match: " + '"a",' * 5000 + "\r\n", 200), ("Range: bytes=" + "0-," * 5000 + "\r\n", 200), ("Expect: cake\r\n", 417)])
def test_fields(attacker, fields, status):
    assert attacker.ask("/openapi.json", attacker.cookie + fields)[0] == status


def test_the_one_who_asks_first_on_a_connection_lends_nothing_to_the_next(attacker):
    answers = attacker.send(attacker.request("/me", attacker.cookie, ends=False), attacker.request("/me", ends=False),
                            attacker.request("/me", attacker.cookie))
    assert re.findall(r"HTTP/1\.1 (\d+)", answers) == ["200", "401", "200"]


def test_a_host_of_somebody_elses_stands_in_no_answer(attacker):
    answer = attacker.send(attacker.request("/auth/login", "X-Forwarded-Host: evil.example\r\nForwarded: host=evil.example\r\n"))
    assert answer.startswith("HTTP/1.1 302 ") and "evil.example" not in answer


def test_five_hundred_who_never_finish_their_request_keep_nobody_out(attacker):
    slow = []
    try:
        for number in range(500):
            slow.append(attacker.connect())
            slow[-1].sendall(b"GET /me HTTP/1.1\r\nHo" if number % 2 else b"POST /me/api-keys HTTP/1.1\r\nContent-Length: 9\r\n\r\n{")
        assert attacker.ask("/me", attacker.cookie)[0] == 200
    finally:
        for connection in slow:
            connection.close()
