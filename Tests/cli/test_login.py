"""Logging in from outside: a browser, the program, and the simulated single sign-on, all over HTTP."""

import json
import subprocess
import urllib.parse
import urllib.request

import pytest

from people import Person, character
from processes import BATTLESCOPE, ROOT, Folder, Server, Simulator, environment, run
from waiting import until


class Installation:
    def __init__(self, folder, universe, server):
        self.folder, self.universe, self.server = folder, universe, server
        self.url = server.wait_until_ready()

    def person(self, character=None):
        person = Person(self.url)
        if character:
            answer = person.log_in(character)
            assert (answer.status, answer.location) == (302, "/"), answer.body
        return person

    def command(self, *arguments, **variables):
        return run(BATTLESCOPE, *arguments, "--data-dir", self.server.data, **(self.universe.variables | variables))

    def id(self, key):
        return character(self.universe, key)

    def control(self, name, **fields):
        data = urllib.parse.urlencode(fields).encode()
        urllib.request.urlopen(f"{self.universe.url}/sso/control/{name}", data, timeout=10).close()


@pytest.fixture(scope="module")
def installation():
    with Folder() as folder, Simulator(folder, "--kills", "10", "--faults", "none") as universe:
        # All of them log in from one address, within a minute.
        with Server(folder, **universe.variables, BATTLESCOPE_FEED="off", EVE_SCOPES="publicData", BATTLESCOPE_RATE_LOGIN="6000",
                    BATTLESCOPE_SUPERADMINS=character(universe, "superadmin")) as server:
            yield Installation(folder, universe, server)


def test_without_a_login_there_is_nothing_but_the_way_in(installation):
    nobody = installation.person()
    for path in ["/battles", "/killmails/recent", "/me"]:
        answer = nobody.ask(path)
        assert (answer.status, answer.json["error"]) == (401, "not_signed_in")
    page = nobody.ask("/")
    assert page.status == 200 and b"Log in with EVE Online" in page.body and b"Simulated" in page.body
    assert "default-src 'none'" in page.headers["Content-Security-Policy"]


def test_a_login_and_a_role_open_the_door(installation):
    member = installation.person("member")
    assert member.ask("/battles").json["error"] == "insufficient_role"
    granted = installation.command("account", "grant", "--simulated", "member", "battle-reports", "user")
    assert granted.returncode == 0 and "battle-reports user" in granted.stdout
    until(lambda: member.ask("/battles").status == 200, "the running server knows the role")
    me = member.ask("/me").json
    assert me["featureRoles"] == [{"featureKey": "battle-reports", "roleKey": "user", "roleRank": 10}]
    assert me["primaryCharacter"]["tokenStatus"] == "valid"
    assert {"key": "battle-reports", "enabled": True, "access": True} in me["features"]
    assert installation.command("account", "revoke", installation.id("member"), "battle-reports").returncode == 0
    until(lambda: member.ask("/battles").status == 403, "the running server knows that the role is gone")


def test_a_role_can_be_given_before_the_first_login(installation):
    assert installation.command("account", "grant", installation.id("fc"), "battle-reports", "fc").returncode == 0
    shown = installation.command("account", "show", installation.id("fc")).stdout
    assert "last login never" in shown and "battle-reports fc" in shown
    fc = installation.person("fc")
    assert fc.ask("/battles").status == 200
    assert "Fenn Commander" in installation.command("account", "list", "--query", "fenn").stdout


def test_the_named_superadmin_is_one_at_the_first_login(installation):
    assert installation.person("superadmin").ask("/me").json["isSuperAdmin"] is True
    refused = installation.command("account", "revoke", installation.id("superadmin"), "superadmin")
    assert refused.returncode == 64 and "last superadmin" in refused.stderr


def test_a_block_ends_the_session_and_is_told(installation):
    blocked = installation.person("blocked")
    assert installation.command("account", "block", installation.id("blocked"), "--reason", "Awox").returncode == 0
    until(lambda: blocked.ask("/me").json.get("error") == "account_blocked", "the running server knows of the block")
    answer = blocked.log_in("blocked")
    assert (answer.status, answer.json["error"]) == (403, "account_blocked")
    assert "blocked" in installation.command("account", "list", "--blocked").stdout
    assert installation.command("account", "unblock", installation.id("blocked")).returncode == 0
    installation.person("blocked")


def test_a_state_is_good_once_and_in_its_own_browser(installation):
    member, other = installation.person(), installation.person()
    back = member.choose(member.begin(), "member2")
    stranger = other.ask(back)
    assert (stranger.status, stranger.json["error"], other.session) == (400, "login_state_invalid", None)
    assert member.ask(back).status == 302
    assert member.ask(back).json["error"] == "login_state_invalid"


def test_a_login_leads_to_this_server_only(installation):
    person = installation.person()
    for wanted in ["//evil.example", "https://evil.example", "/\\evil.example", "/\r\nSet-Cookie: x=y", "javascript:alert(1)"]:
        answer = person.ask("/auth/login?redirect=" + urllib.parse.quote(wanted))
        assert (answer.status, answer.location) == (400, None), wanted
    assert person.log_in("member2", wanted="/battles?limit=3").location == "/battles?limit=3"


def test_a_session_that_was_there_before_the_login_is_worth_nothing_after_it(installation):
    person = installation.person("member2")
    before = person.session
    person.log_in("member2")
    assert person.session != before
    thief = installation.person()
    assert thief.ask("/me", Cookie=f"battlescope_session={before}").status == 401


def test_a_change_from_another_page_is_refused(installation):
    person = installation.person("member2")
    for headers in [{"Origin": "https://evil.example"}, {"Origin": "null"}]:
        answer = person.ask("/auth/logout", "POST", **headers)
        assert (answer.status, answer.json["error"]) == (403, "origin_not_allowed")
    assert person.ask("/auth/logout", "POST").status == 204
    assert person.ask("/me").status == 401


def test_another_character_is_linked_and_a_strangers_is_not(installation):
    person, other = installation.person("independent"), installation.person("director")
    started = person.ask("/me/characters/link/start", "POST")
    assert started.status == 200
    token = person.session
    assert person.ask(person.choose(started.json["redirectUrl"], "outsider")).status == 302
    names = [character["eveCharacterName"] for character in person.ask("/me").json["characters"]]
    assert names == ["Inga Independent", "Otto Outsider"] and person.session == token
    started = other.ask("/me/characters/link/start", "POST")
    answer = other.ask(other.choose(started.json["redirectUrl"], "outsider"))
    assert (answer.status, answer.json["error"]) == (409, "character_of_another_account")


def test_cookies_without_end_are_refused(installation):
    answer = installation.person().ask("/me", Cookie="x=" + "a" * 9000)
    assert (answer.status, answer.json["error"]) == (431, "cookies_too_large")


def test_a_sold_character_leaves_its_account(installation):
    assert installation.command("account", "grant", "--simulated", "newowner", "battle-reports", "director").returncode == 0
    seller = installation.person("newowner")
    assert seller.ask("/battles").status == 200
    buyer = installation.person()
    assert buyer.log_in("newowner", sold="true").status == 302
    assert seller.ask("/me").status == 401
    me = buyer.ask("/me").json
    assert me["featureRoles"] == [] and me["displayName"] == "Nova Newowner"


@pytest.mark.parametrize("faults, status", [("sso-es256=1", 302), ("sso-unknown-kid=1", 302), ("sso-issuer-forms=1", 302),
                                            ("sso-jwks-unknown=1", 302), ("sso-scp-forms=1", 302), ("sso-5xx=1", 503),
                                            ("sso-html-200=1", 503)])
def test_the_single_sign_on_as_nasty_as_it_is(installation, faults, status):
    installation.control("faults", faults=faults)
    try:
        answer = installation.person().log_in("independent")
        assert answer.status == status, answer.body
    finally:
        installation.control("faults", faults="none")
    assert installation.person("independent").session


def test_a_person_who_is_refused_sees_a_page(installation):
    answer = installation.person().ask("/auth/callback?code=x&state=y", Accept="text/html")
    assert answer.status == 400 and b"<h1>The login did not work</h1>" in answer.body
    assert answer.headers["Referrer-Policy"] == "no-referrer"


def test_nothing_secret_is_in_the_log_or_the_database(installation):
    person = installation.person()
    begun = person.begin()
    state = urllib.parse.parse_qs(urllib.parse.urlparse(begun).query)["state"][0]
    back = person.choose(begun, "director")
    code = urllib.parse.parse_qs(urllib.parse.urlparse(back).query)["code"][0]
    assert person.ask(back).status == 302
    tables = ["account", "character", "session", "api_key", "login_attempt", "audit_log"]
    dump = json.dumps([installation.server.database.rows(f"SELECT * FROM kernel.{table}") for table in tables])
    log = installation.server.log.read_text()
    assert "Dira Director" in dump and "logged in" in log
    for secret in [state, code, person.session]:
        assert secret not in dump and secret not in log
    keys = installation.server.data / "encryption-keys"
    assert keys.stat().st_mode & 0o777 == 0o600
    assert keys.read_text().strip().split(":")[1] not in dump + log


def test_simulated_characters_are_named_only_with_a_simulator(installation):
    refused = installation.command("account", "grant", "--simulated", "fc", "superadmin", SSO_URL="https://login.eveonline.com")
    assert refused.returncode == 78 and "simulator on this machine only" in refused.stderr
    unknown = installation.command("account", "grant", "--simulated", "emperor", "superadmin")
    assert unknown.returncode == 64 and "no such character" in unknown.stderr


def test_without_an_application_the_login_says_what_to_set():
    with Folder() as folder, Server(folder, BATTLESCOPE_FEED="off") as server:
        answer = Person(server.wait_until_ready()).ask("/auth/login")
        assert (answer.status, answer.json["error"]) == (503, "login_not_configured")
        assert "EVE_CLIENT_ID" in answer.json["detail"]


def test_the_script_for_the_command_line_logs_in(installation):
    port = installation.url.rsplit(":", 1)[1]
    result = subprocess.run([ROOT / "scripts/as", "member2", "/me"], env=environment(PORT=port), text=True, capture_output=True,
                            timeout=60)
    assert result.returncode == 0 and json.loads(result.stdout)["displayName"] == "Milo Member", result.stderr
