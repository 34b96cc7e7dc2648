"""One installation divided among pods: each does what it was told to do and nothing else, and the fleet's view shows it."""

import json

import pytest

from cluster import cluster, gated, publish
from people import Person
from recovery import Universe, analyzed, battles, truth
from waiting import until

UNIVERSE = Universe.invented(60)
HEALTH = ["/livez", "/healthz"]
OF_THE_KERNEL = ["/", "/auth/login", "/auth/callback", "/me", "/me/stream", "/openapi", "/openapi.json"]
OF_ADMIN = ["/admin/accounts", "/admin/features", "/admin/plugins", "/admin/jobs"]
OF_BATTLE_REPORTS = ["/battles", "/battles/7f1a4a1e-0000-4000-8000-000000000000", "/killmails/recent"]


@pytest.fixture(scope="module")
def pods():
    """Nobody takes killmails in, although the feed has all of them."""
    with cluster(*UNIVERSE.arguments) as pods, gated(pods, 1) as (pods.gate, pods.ledger):
        with pods.pod("admin", "--plugins", "admin") as pods.admin, \
                pods.pod("clusterer", "--workers", "battle-reports.clusterer", "--no-routes") as pods.clusterer:
            yield pods


def missing(browser, paths):
    """Those that answer as if they had never been there."""
    answers = {path: browser.ask(path) for path in paths}
    return [path for path, answer in answers.items() if answer.status == 404 and answer.json["error"] == "not_found"]


def test_each_answers_its_own_routes_and_no_others(pods):
    # Also with a login that opens everything: what is not served is not there.
    superadmin = pods.person("superadmin", pods.admin)
    for path in HEALTH + OF_ADMIN + ["/me", "/openapi.json"]:
        assert superadmin.ask(path).status == 200, path
    assert missing(superadmin, OF_BATTLE_REPORTS) == OF_BATTLE_REPORTS
    described = superadmin.ask("/openapi.json").json["paths"]
    assert "/admin/plugins" in described and "/battles" not in described

    for browser in [superadmin.at(pods.clusterer.url), Person(pods.clusterer.url)]:
        others = OF_THE_KERNEL + OF_ADMIN + OF_BATTLE_REPORTS
        assert missing(browser, others) == others
        for path in HEALTH:
            assert browser.ask(path).status == 200, path
    health = Person(pods.clusterer.url).ask("/healthz").json
    assert [plugin["name"] for plugin in health["plugins"]] == ["killmails", "battle-reports"]


def test_the_fleets_view_shows_who_does_what(pods):
    def view():
        found = {plugin: [(row["servesRoutes"], row["workers"], row["state"]) for row in rows]
                 for plugin, rows in pods.fleet(pods.admin).items()}
        return found == {
            "admin": [(True, [], "running")],
            # Loaded for its schema, because battle-reports requires it.
            "killmails": [(False, [], "running")],
            "battle-reports": [(False, ["clusterer"], "running")],
        } or found
    until(lambda: view() is True, "the view is as it should be", 20, lambda: str(view()))
    told = json.loads(pods.command("plugins", "status", "--json").stdout)["items"]
    assert {(pod["plugin"], *pod["workers"]) for pod in told} == {("admin",), ("killmails",), ("battle-reports", "clusterer")}
    assert len({pod["pod"] for pod in told if pod["plugin"] != "admin"}) == 1
    # Switches are for the whole installation, so the admin pod knows the plugins that run elsewhere only.
    features = {one["key"] for one in pods.person("superadmin", pods.admin).ask("/admin/features").json["items"]}
    assert features == {"admin", "battle-reports", "killmails"}


def test_the_clusterer_clusters_what_another_pod_takes_in(pods):
    assert pods.gate.asked == 0, "a pod without ingest has asked the feed"
    expected = set(pods.ledger.expected)
    with pods.pod("ingest", "--workers", "killmails.ingest", "--no-routes"):
        stored = "SELECT killmail_id FROM killmails.detail"
        until(lambda: set(pods.database.column(stored)) == expected and not pods.database.rows("SELECT key FROM kernel.queue_item"),
              "all killmails are stored and clustered", diagnosis=pods.clusterer.tail)
        rows = pods.fleet(pods.admin)["killmails"]
        assert sorted(row["workers"] for row in rows) == [[], ["ingest"]]
    assert pods.gate.asked > len(expected)
    assert battles(pods.database) == analyzed(truth(UNIVERSE, faults="none")[1])
    # Names are asked for by a worker that no pod runs here.
    assert pods.database.rows("SELECT id FROM killmails.name WHERE name IS NOT NULL") == []
