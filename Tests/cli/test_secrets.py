"""Canary secrets go every way that secrets go, errors included; afterwards they are in no log, no answer and no dump."""

import base64
import json
import os
import sys
import urllib.parse

from canaries import Canaries, forms
from cluster import cluster
from people import Person
from private_redis import PrivateRedis
from processes import BATTLESCOPE, run
from sign_on_proxy import SignOnProxy
from waiting import until

# Where a person may read what is their own.
OWN_PAGES = ("/me", "/me/profile", "/me/export")


class WatchedPerson(Person):
    """A browser whose cookies are canaries, and which looks at everything that it is sent."""

    def __init__(self, url, installation, jar=None):
        super().__init__(url, jar)
        self.installation = installation

    def at(self, url):
        return WatchedPerson(url, self.installation, self.jar)

    def ask(self, path, method="GET", body=None, **headers):
        answer = super().ask(path, method, body, **headers)
        canaries = self.installation.canaries
        for cookie in self.jar:
            canaries.add(cookie.name, cookie.value)
        if answer.headers["Content-Type"] == "application/json" and path == "/me/api-keys" and method == "POST":
            canaries.add("API key", answer.json["key"])
        elif not path.startswith("http"):
            # Cookies are set, and browsers are sent to where a state is needed; that is what those two are for.
            head = "".join(f"{name}: {value}\n" for name, value in answer.headers.items()
                           if name.lower() not in ["set-cookie", "location"])
            self.installation.answers.append((f"{method} {path.partition('?')[0]} {answer.status}", head.encode() + answer.body))
        return answer

    def choose(self, address, character, **more):
        query = urllib.parse.parse_qs(urllib.parse.urlsplit(address).query)
        self.installation.canaries.add("state", query["state"][0])
        back = super().choose(address, character, **more)
        self.installation.canaries.add("code", urllib.parse.parse_qs(urllib.parse.urlsplit(back).query)["code"][0])
        return back


class Installation:
    def __init__(self, pods, proxy, canaries):
        self.pods, self.proxy, self.canaries = pods, proxy, canaries
        self.answers = []
        self.outputs = []

    def browser(self, pod):
        return WatchedPerson(pod.url, self)

    def log_in(self, key, pod):
        person = self.browser(pod)
        answer = person.log_in(key)
        assert answer.status == 302, answer.body
        return person

    def command(self, *arguments, fails=False, **variables):
        result = run(BATTLESCOPE, *arguments, **(self.pods.variables | {"DATABASE_URL": self.pods.database.url} | variables))
        assert (result.returncode != 0) == fails, (arguments, result)
        self.outputs.append((" ".join(map(str, arguments)), (result.stdout + result.stderr).encode()))
        return result


def test_the_search_finds_a_secret_in_every_form():
    canaries = Canaries()
    secret = canaries.make("word")
    binary = canaries.add("bytes", os.urandom(32))
    percent = canaries.add("percent", "p%/+= ?&" + "x" * 8)
    for name, value in [("word", secret.encode()), ("bytes", binary)]:
        for disguised in [
            value, value.hex().encode(), value.hex().upper().encode(), b"\\x" + value.hex().encode(),
            *(base64.b64encode(b"x" * before + value + b"y" * after) for before in range(4) for after in range(4)),
            base64.urlsafe_b64encode(b"basic:" + value), b"cut " + value[:20], b"cut " + value[-20:],
        ]:
            assert canaries.found_in(b"some text " + disguised + b" and more") == [name], disguised
            assert canaries.found_in(b"some text " + disguised, but=[name]) == []
    assert canaries.found_in(urllib.parse.quote(percent, safe="").encode()) == ["percent"]
    assert canaries.found_in(b"canary " + os.urandom(10_000).hex().encode()) == []
    assert all(len(form) >= 12 for form in forms(secret.encode()[:16]))


def test_no_secret_is_told():
    canaries = Canaries()
    key = base64.b64encode(os.urandom(32)).decode()
    canaries.add("encryption key", key)
    canaries.add("encryption key", base64.b64decode(key))
    secret = canaries.make("client secret")
    with cluster("--kills", "20", "--sso-secret", secret, LOG_LEVEL="trace", EVE_CLIENT_SECRET=secret, EVE_SCOPES="publicData",
                 BATTLESCOPE_FEED="off", BATTLESCOPE_ENCRYPTION_KEYS=f"one:{key}") as pods:
        canaries.add("database password", pods.postgres.password)
        with SignOnProxy(pods.simulator, canaries) as proxy, PrivateRedis() as redis:
            canaries.add("Redis password", redis.password)
            pods.variables |= proxy.variables | {"REDIS_URL": redis.url}
            installation = Installation(pods, proxy, canaries)
            # One of them is not let in by Redis, and says so.
            wrong = redis.url.replace(redis.password, canaries.make("wrong Redis password"))
            with pods.pod("a") as a, pods.pod("b", REDIS_URL=wrong) as b:
                until(lambda: [installation.browser(pod).ask("/healthz").json["redis"] for pod in [a, b]] == ["connected", "away"],
                      "one pod has Redis")
                mail = use_everything(installation, a, b)
                make_mistakes(installation, a, b)
                refuse_in_the_database(installation, a, mail)
                lose_the_database(installation, a, b)
                for pod in [a, b]:
                    # Open to whom it may be, or not there: what is said is searched.
                    assert installation.log_in("superadmin", pod).ask("/metrics").status in [200, 404]
            renew_tokens(installation)
            run_commands(installation)
        logs = {path.name: path.read_bytes() for path in pods.folder.glob("*.log") if path.name != "simulator.log"}
        dump = pods.database.dump()
    assert_something_was_tested(canaries, proxy, logs, dump)
    for name, log in logs.items():
        assert canaries.found_in(log) == [], name
    for name, output in installation.outputs:
        assert canaries.found_in(output) == [], name
    # An address is its owner's, in its own column and on their own pages.
    assert canaries.found_in(dump.encode(), but=["e-mail"]) == []
    assert [line.split("\t")[2] for line in dump.splitlines() if canaries.found_in(line.encode())] == [mail]
    # Whoever sends nonsense may read it in the answer; nothing else comes back but where to go to log in.
    told = {(name, *found) for name, body in installation.answers
            if (found := canaries.found_in(body, but=["forged token"] + (["e-mail"] if name.split()[1] in OWN_PAGES else [])))}
    assert told == {("POST /me/characters/link/start 200", "state")}


def use_everything(installation, a, b):
    """What people do every day. Returns an e-mail address."""
    superadmin, member = installation.log_in("superadmin", a), installation.log_in("member", b)
    mail = installation.canaries.add("e-mail", f"{installation.canaries.make('e-mail')}@example.org")
    assert member.ask("/me", "PATCH", {"email": mail, "displayName": "Mika"}).json["email"] == mail
    account = member.ask("/me").json["accountId"]
    roles = f"/admin/accounts/{account}/feature-roles"
    assert superadmin.ask(roles, "PUT", {"featureKey": "battle-reports", "roleKey": "user"}).status == 200
    # The risen rights bring a new cookie.
    assert member.ask("/me").status == 200
    made = member.ask("/me/api-keys", "POST", {"name": "tool", "features": ["battle-reports"], "expiresInDays": 1})
    program = installation.browser(a)
    bearer = {"Authorization": f"Bearer {made.json['key']}"}
    assert [program.ask("/battles", **bearer).status, program.ask("/me", **bearer).status] == [200, 403]
    started = member.ask("/me/characters/link/start", "POST", {})
    assert member.ask(member.choose(started.json["redirectUrl"], "member2")).status == 302
    for path in ["/", "/me/profile", "/me/sessions", "/me/api-keys", "/me/audit", "/me/export", "/openapi.json", "/openapi"]:
        assert member.ask(path).status == 200, path
    for path in ["/admin/accounts", f"/admin/accounts/{account}", f"/admin/accounts/{account}/access", "/admin/audit-logs",
                 "/admin/audit-logs/export?format=csv", "/admin/audit-logs/export?format=json", "/admin/features",
                 "/admin/plugins", "/admin/auth-config", "/admin/jobs", "/openapi.json"]:
        assert superadmin.at(b.url).ask(path).status == 200, path
    assert superadmin.ask("/admin/view-as", "POST", {"accountId": account}).status == 204
    assert superadmin.ask("/me/profile").json["viewedBy"]
    assert superadmin.ask("/admin/view-as", "DELETE").status == 204
    assert member.ask(f"/me/api-keys/{made.json['id']}", "DELETE").status == 204
    assert program.ask("/battles", **bearer).status == 401
    leaver = installation.log_in("independent", a)
    assert leaver.ask("/auth/logout", "POST").status == 204
    leaver.log_in("independent")
    # Its token is revoked at the single sign-on.
    assert leaver.ask("/me", "DELETE").status == 204
    return mail


def make_mistakes(installation, a, b):
    """What people and programs do wrong, and what is done to them."""
    canaries, nobody, member = installation.canaries, installation.browser(a), installation.log_in("fc", b)
    token = canaries.make("forged token")
    for headers in [
        {"Authorization": f"Bearer {token}"}, {"Authorization": f"Bearer bsk_{token}"}, {"Authorization": f"Basic {token}"},
        {"Authorization": f"Bearer bsk_{base64.urlsafe_b64encode(canaries.add('forged token', os.urandom(32))).decode()}"},
        {"Cookie": f"battlescope_session={token}"}, {"Cookie": f"battlescope_session={token}; battlescope_session=x{token}"},
        {"Cookie": f"battlescope_session={base64.urlsafe_b64encode(os.urandom(32)).decode().rstrip('=')}; x={token}"},
        {"Cookie": f"battlescope_session={token}; x={'y' * 9_000}"}, {"Referer": f"https://example.org/?code={token}"},
        {"X_Request_Id": token}, {"X_Forwarded_For": token}, {"Origin": f"https://{token}"},
    ]:
        assert nobody.ask("/battles", **headers).status in [401, 431]
        assert nobody.ask(f"/nothing/{token}?token={token}", **headers).status == 404
        assert member.ask("/auth/logout", "POST", **({"Origin": "https://example.org"} | headers)).status in [401, 403, 431]
    for path in [f"/battles?cursor={token}", f"/battles?{token}={token}", f"/battles/{token}", f"/admin/accounts/{token}"]:
        assert member.ask(path).status in [400, 403, 404]
    assert nobody.ask(f"/auth/login?redirect=//{token}").status == 400
    for query in [f"code={token}&state={token}", f"error={token}", f"code={token}&code={token}", f"state={token}", token]:
        for accept in ["application/json", "text/html"]:
            assert nobody.ask(f"/auth/callback?{query}", Accept=accept).status == 400
    # Every way in which the single sign-on can fail, also telling everything that it was told.
    for sickness in ["400", "500", "200", "redirect", "forged"]:
        installation.proxy.sickness = sickness
        for accept in ["application/json", "text/html"]:
            person = installation.browser(b)
            assert person.ask(person.choose(person.begin(), "outsider"), Accept=accept).status >= 400
    installation.proxy.sickness = None
    back = member.choose(member.begin(), "fc")
    assert [installation.browser(a).ask(back).status, member.ask(back).status, member.ask(back).status] == [400, 302, 400]
    # Bodies that cannot be read, or hold what cannot be.
    mail = canaries.add("e-mail", f"{canaries.make('e-mail')} @example.org")
    for body in [{"email": mail}, {mail: 1}, [mail], mail, {"displayName": {"email": mail}}, {"email": f"\0{mail}@example.org"}]:
        assert member.ask("/me", "PATCH", body).status == 400, body
    assert member.ask("/me/api-keys", "POST", {"name": "x", "features": [token], "expiresInDays": 1}).status == 400


def refuse_in_the_database(installation, pod, mail):
    """PostgreSQL refuses a row, and says in the error's detail what stood in it."""
    database, member = installation.pods.database, installation.log_in("fc", pod)
    for plant, uproot in [
        ("CREATE UNIQUE INDEX planted ON kernel.account (email)", "DROP INDEX kernel.planted"),
        ("ALTER TABLE kernel.account ADD CONSTRAINT planted CHECK (email IS NULL) NOT VALID",
         "ALTER TABLE kernel.account DROP CONSTRAINT planted"),
    ]:
        database.execute(plant)
        assert member.ask("/me", "PATCH", {"email": mail}).status == 500
        database.execute(uproot)
    # The same for what logins write.
    for table in ["session", "character", "login_attempt"]:
        database.execute(f"ALTER TABLE kernel.{table} ADD CONSTRAINT planted CHECK (false) NOT VALID")
        person = installation.browser(pod)
        start = person.ask("/auth/login")
        if start.status == 302:
            assert person.ask(person.choose(start.location, "newowner")).status == 500
        else:
            assert start.status == 500
        database.execute(f"ALTER TABLE kernel.{table} DROP CONSTRAINT planted")


def lose_the_database(installation, a, b):
    member, mail = installation.log_in("director", a), installation.canaries.make("e-mail")
    mail = installation.canaries.add("e-mail", f"{mail}@example.org")
    bearer = {"Authorization": f"Bearer bsk_{base64.urlsafe_b64encode(os.urandom(32)).decode().rstrip('=')}"}
    installation.canaries.add("API key", bearer["Authorization"].removeprefix("Bearer bsk_"))
    begun = installation.browser(a)
    back = begun.choose(begun.begin(), "outsider")
    installation.pods.postgres.kill()
    try:
        for pod in [a, b]:
            assert member.at(pod.url).ask("/me", "PATCH", {"email": mail}, Origin=pod.url).status == 503
            assert [installation.browser(pod).ask("/battles", **bearer).status, begun.at(pod.url).ask(back).status] == [503, 503]
    finally:
        installation.pods.postgres.start()
    for pod in [a, b]:
        until(lambda: member.at(pod.url).ask("/me").status == 200, "the pod works again", diagnosis=pod.tail)


def renew_tokens(installation):
    """Refresh tokens are refreshed by a pod that starts, well and badly, and encrypted with a new key."""
    pods, proxy = installation.pods, installation.proxy
    keys = pods.variables["BATTLESCOPE_ENCRYPTION_KEYS"]
    new = installation.canaries.add("encryption key", base64.b64encode(os.urandom(32)).decode())
    for number, sickness in enumerate(["400", "500", "200", "forged", None]):
        pods.database.execute("UPDATE kernel.character SET token_checked_at = '2020-01-01', token_claimed_until = NULL")
        proxy.sickness = sickness
        # With an address from the start: without, the single sign-on is asked only once the port is known.
        with pods.pod(f"refresh{number}", "--no-routes", BATTLESCOPE_ENCRYPTION_KEYS=f"two:{new},{keys}",
                      BATTLESCOPE_PUBLIC_URL="http://127.0.0.1:9") as pod:
            due = "SELECT id FROM kernel.character WHERE refresh_token IS NOT NULL AND token_checked_at = '2020-01-01'"
            until(lambda: pods.database.ask(due) == [], f"all tokens were looked after ({sickness})", diagnosis=pod.tail)
    prefixes = pods.database.column("SELECT DISTINCT encode(substring(refresh_token FROM 1 FOR 4), 'hex') AS prefix "
                                    "FROM kernel.character WHERE refresh_token IS NOT NULL")
    assert prefixes == [b"\x03two".hex()]


def run_commands(installation):
    canaries, password = installation.canaries, installation.canaries.make("wrong password")
    url = installation.pods.database.url
    for arguments in [["config"], ["config", "--database"], ["plugins", "status"], ["account", "list"], ["migrate"],
                      ["account", "grant", "--simulated", "member", "battle-reports", "user"], ["openapi"]]:
        installation.command(*arguments)
    wrong = url.replace(installation.pods.postgres.password, password)
    port = urllib.parse.urlsplit(url).port
    for broken in [wrong, wrong.replace(f":{port}", ":1"), wrong.replace(f":{port}", ":x"), wrong + "?sslmode=require",
                   wrong + f"?passwrod={password}", wrong.replace("127.0.0.1", "[::"), wrong.replace("postgres://", "mysql://"),
                   f"host=127.0.0.1 password={password}", f"postgres://u:{password}%zz@127.0.0.1/x"]:
        installation.command("migrate", fails=True, LOG_LEVEL="trace", DATABASE_URL=broken)
    for arguments in [["serve", "--listen", "127.0.0.1:0"], ["doctor"], ["account", "list"], ["plugins", "status"]]:
        installation.command(*arguments, fails=True, LOG_LEVEL="trace", DATABASE_URL=wrong)
    key = canaries.make("wrong key")
    for keys in [key, f"k:{key}", f"k:{base64.b64encode(key.encode()).decode()}", f"k:{key},k:{key}", f"{key}:"]:
        installation.command("serve", "--listen", "127.0.0.1:0", fails=True, BATTLESCOPE_ENCRYPTION_KEYS=keys)
        installation.command("doctor", fails=True, BATTLESCOPE_ENCRYPTION_KEYS=keys)
    for command in ["serve", "doctor", "config"]:
        arguments = [command, "--listen", "127.0.0.1:0"] if command == "serve" else [command]
        installation.command(*arguments, fails=True, EVE_CLIENT_SECRET=canaries.make("wrong client secret") + " ")


def assert_something_was_tested(canaries, proxy, logs, dump):
    assert set(canaries.secrets) == {
        "encryption key", "client secret", "database password", "battlescope_session", "battlescope_login", "state", "code",
        "PKCE verifier", "client's credentials", "access token", "refresh token", "API key", "e-mail", "forged token",
        "wrong password", "wrong key", "wrong client secret", "Redis password", "wrong Redis password"}
    assert len(proxy.grants) > 10
    for name in ["a.log", "b.log"]:
        lines = [json.loads(line) for line in logs[name].decode().splitlines() if line.startswith("{")]
        assert {line["level"] for line in lines} >= {20, 30, 50}, "the pods did not say much"
        assert {"request answered", "request failed"} <= {line["msg"] for line in lines}
    assert "refresh_token" in dump and "COPY kernel.audit_log" in dump
    print(f"{sum(map(len, canaries.secrets.values()))} secrets; {sum(map(len, logs.values()))} bytes of logs, {len(dump)} of dump",
          file=sys.stderr)
