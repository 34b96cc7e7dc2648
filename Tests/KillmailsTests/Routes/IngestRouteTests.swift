import EVE
import Foundation
import KernelAPI
import KernelTesting
import Testing

@testable import Killmails

@Suite("Ingest routes")
struct IngestRouteTests {
    private func stats(_ bench: KillmailsBench) async -> JSON {
        let answer = await bench.kernel.get("/admin/stats/ingest")
        #expect(answer.status == 200, "\(answer.text)")
        return answer.json
    }

    @Test("before anything came there are zeros, no rate and no feed")
    func empty() async throws {
        try await KillmailsBench.run { bench in
            let stats = await stats(bench)
            for key in ["received24h", "accepted24h", "duplicates24h", "rejected24h", "unprocessedCount", "failedCount"] {
                #expect(stats[key].number == 0)
            }
            #expect(stats["acceptanceRate"] == .null && stats["feeds"].items.isEmpty && stats["rejections24h"].items.isEmpty)
        }
    }

    @Test("what came is counted once by what became of it, and what waits or was given up beside it")
    func counts() async throws {
        try await KillmailsBench.run(feedBatch: 3) { bench in
            let old = mail(5, at: Date(timeIntervalSince1970: 0))
            bench.feed.publish(
                .killmail(mail(1)), .killmail(mail(2)), .killmail(mail(1)), .killmail(old), .killmail(mail(6)),
                .reference(7, hash: hash(7)), .reference(8, hash: hash(8)), .reference(7, hash: hash(7)),
                .reference(9, hash: "short"), .killmail(mail(1, at: noon + 60)))
            try await bench.kernel.drain("killmails.ingest")
            bench.source.answer { id in
                guard id == 7 else { throw ScriptedFailure(isPermanent: true) }
                return mail(7)
            }
            let before = await stats(bench)
            #expect(before["unprocessedCount"].number == 2 && before["failedCount"].number == 0)
            try await bench.kernel.drain("killmails.enrichment")
            let stats = await stats(bench)
            #expect(stats["received24h"].number == 10)
            #expect(stats["accepted24h"].number == 5, "three killmails, two references; completing one is no arrival")
            #expect(stats["duplicates24h"].number == 2 && stats["rejected24h"].number == 3)
            let reasons = stats["rejections24h"].items.map { "\($0["reason"].text ?? "") \($0["count"].number ?? 0)" }
            #expect(reasons == ["conflicting_time 1.0", "invalid_hash 1.0", "older_than_retention 1.0"])
            #expect(stats["acceptanceRate"].number == 0.625)
            #expect(stats["unprocessedCount"].number == 0 && stats["failedCount"].number == 1)
        }
    }

    @Test("a day later the day is empty, and after a week the counts are gone")
    func window() async throws {
        try await KillmailsBench.run { bench in
            bench.feed.publish(.killmail(mail(1)))
            try await bench.kernel.drain("killmails.ingest")
            bench.kernel.clock.advance(by: .seconds(86_399))
            #expect(await stats(bench)["received24h"].number == 1)
            bench.kernel.clock.advance(by: .seconds(1))
            #expect(await stats(bench)["received24h"].number == 0)
            bench.kernel.clock.advance(by: .seconds(7 * 86_400))
            bench.feed.publish(.killmail(mail(2)))
            try await bench.kernel.drain("killmails.ingest")
            let kept = try await bench.numbers(Statement("test.tally", "SELECT count(*) FROM killmails.tally"))
            #expect(kept == [1])
        }
    }

    @Test("a batch that is not stored is not counted")
    func together() async throws {
        try await KillmailsBench.run { bench in
            try await bench.kernel.execute(
                """
                CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'as the test says'; END $$;
                CREATE CONSTRAINT TRIGGER refuse AFTER INSERT ON killmails.killmail
                DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION refuse()
                """)
            bench.feed.publish(.killmail(mail(1)))
            await #expect(throws: DatabaseError.self) { try await bench.kernel.step("killmails.ingest") }
            #expect(await stats(bench)["received24h"].number == 0)
        }
    }

    @Test("each feed tells how far it was read, how old that is, and what is missing")
    func feeds() async throws {
        try await KillmailsBench.run { bench in
            bench.feed.answerNext { state in
                var after = state
                after.cursor = 41
                after.cursorTime = noon
                after.gaps = [FeedGap(sequence: 40, noticedAt: noon, attempts: 1, nextAttemptAt: noon + 60)]
                return FeedPoll(
                    state: after, abandoned: [FeedAbandonment(sequences: 30...32, reason: .expired)], pause: .seconds(1))
            }
            try await bench.kernel.step("killmails.ingest")
            bench.kernel.clock.advance(by: .seconds(75))
            let feed = await stats(bench)["feeds"][0]
            #expect(feed["feed"].text == "scripted" && feed["cursor"].text == "41" && feed["lagSeconds"].number == 75)
            #expect(feed["openGaps"].number == 1 && feed["abandoned24h"].number == 3)
        }
    }

    @Test("the configuration is read and set through the switchboard, and audited there")
    func config() async throws {
        try await KillmailsBench.run { bench in
            let superAdmin = try await bench.kernel.person("Superadmin", isSuperAdmin: true)
            let standard = await superAdmin.get("/admin/config/ingest")
            #expect(standard.json["retentionMonths"].number == 60 && standard.json["origin"].text == "default")
            let set = await superAdmin.put("/admin/config/ingest", #"{"retentionMonths":24}"#)
            #expect(set.status == 200 && set.json["retentionMonths"].number == 24, "\(set.text)")
            #expect(set.json["origin"].text == "admin console")
            #expect(await superAdmin.get("/admin/config/ingest").json == set.json)
            for body in ["{}", #"{"retentionMonths":0}"#, #"{"retentionMonths":601}"#, #"{"retentionMonths":"24"}"#] {
                #expect(await superAdmin.put("/admin/config/ingest", body).status == 400)
            }
            let reset = await superAdmin.put("/admin/config/ingest", #"{"retentionMonths":null}"#)
            #expect(reset.json == standard.json)
            let audit = try await bench.texts(
                Statement(
                    "test.audit", "SELECT action || ' ' || target || ' ' || new_value FROM kernel.audit_log ORDER BY number"))
            #expect(
                audit == [
                    #"settings.updated feature:killmails {"retention_months": "24"}"#, "settings.updated feature:killmails {}",
                ])
        }
    }
}
