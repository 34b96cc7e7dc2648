import EVE
import Foundation
import KernelAPI
import KernelTesting
import Testing

@testable import Killmails

@Suite("Dead letter routes")
struct DeadLetterRouteTests {
    /// A bench with killmails that were given up.
    private static func run(
        _ ids: ClosedRange<Int64>, _ body: @Sendable (KillmailsBench, Person) async throws -> Void
    ) async throws {
        try await KillmailsBench.run(feedBatch: 100) { bench in
            for id in ids { bench.feed.publish(.reference(KillmailID(id), hash: hash(id))) }
            try await bench.kernel.drain("killmails.ingest")
            bench.source.answer { _ in throw ScriptedFailure(description: "no such killmail", isPermanent: true) }
            try await bench.kernel.drain("killmails.enrichment")
            try await body(bench, try await bench.kernel.person("Superadmin", isSuperAdmin: true))
        }
    }

    private func audit(_ bench: KillmailsBench) async throws -> [String?] {
        try await bench.texts(
            Statement(
                "test.audit",
                """
                SELECT concat_ws(' ', action, target, old_value, new_value, actor_name) FROM kernel.audit_log ORDER BY number
                """))
    }

    @Test("what was given up is listed with the reason, page by page")
    func list() async throws {
        try await Self.run(1...7) { bench, superAdmin in
            var (seen, cursor): ([String], String?) = ([], "")
            while let now = cursor {
                let answer = await superAdmin.get("/admin/killmails/failed?limit=3" + (now.isEmpty ? "" : "&cursor=\(now)"))
                #expect(answer.status == 200, "\(answer.text)")
                seen += answer.json["items"].items.compactMap { $0["killmailId"].text }
                cursor = answer.json["nextCursor"].text
                try #require(seen.count < 20)
            }
            #expect(seen == ["7", "6", "5", "4", "3", "2", "1"])
            let item = await superAdmin.get("/admin/killmails/failed?limit=1").json["items"][0]
            #expect(item["lastError"].text == "no such killmail" && item["attempts"].number == 1)
            #expect(item["hash"].text == hash(7) && item["failedAt"].text == "2026-01-15T12:00:00Z")
            for query in ["limit=0", "cursor=x", "sort=up"] {
                #expect(await superAdmin.get("/admin/killmails/failed?\(query)").status == 400)
            }
        }
    }

    @Test("one is requeued, once, with its line in the audit log, and then stored like any other")
    func requeue() async throws {
        try await Self.run(1...2) { bench, superAdmin in
            let answer = await superAdmin.post("/admin/killmails/1/requeue")
            #expect(answer.status == 202 && answer.json["killmailId"].text == "1" && answer.json["status"].text == "pending")
            #expect(await superAdmin.post("/admin/killmails/1/requeue").status == 404)
            for id in ["3", "0", "x", "99999999999999999999"] {
                #expect([400, 404].contains(await superAdmin.post("/admin/killmails/\(id)/requeue").status))
            }
            let lines = try await audit(bench)
            #expect(
                lines == [
                    #"killmail.requeued killmail:1 {"error": "no such killmail", "attempts": 1} Superadmin"#
                ])
            bench.source.answer { mail($0.rawValue) }
            try await bench.kernel.drain("killmails.enrichment")
            #expect(try await bench.stored() == [1])
            let left = await superAdmin.get("/admin/killmails/failed").json["items"].items
            #expect(left.map { $0["killmailId"].text } == ["2"])
        }
    }

    @Test("all are requeued with one line, and none without any")
    func requeueAll() async throws {
        try await Self.run(1...3) { bench, _ in
            let letters = DeadLetters(host: bench.kernel.host)
            #expect(try await letters.requeueAll(by: .system) == 3)
            #expect(try await letters.requeueAll(by: .system) == 0)
            #expect(try await bench.statuses() == ["1 pending", "2 pending", "3 pending"])
            let lines = try await audit(bench)
            #expect(
                lines == [#"killmail.requeued killmails:failed {"requeued": 3}"#])
        }
    }

    @Test(
        "without its line nothing is requeued, and a requeue that fails in the end leaves none",
        arguments: [
            "kernel.audit_log", "killmails.enrichment",
        ])
    func together(_ table: String) async throws {
        try await Self.run(1...2) { bench, superAdmin in
            try await bench.kernel.execute(
                """
                CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'as the test says'; END $$;
                CREATE CONSTRAINT TRIGGER refuse AFTER INSERT OR UPDATE ON \(table)
                DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION refuse()
                """)
            #expect(await superAdmin.post("/admin/killmails/1/requeue").status == 500)
            await #expect(throws: DatabaseError.self) {
                _ = try await DeadLetters(host: bench.kernel.host).requeueAll(by: .system)
            }
            #expect(try await bench.statuses() == ["1 failed", "2 failed"])
            let lines = try await audit(bench)
            #expect(lines.isEmpty)
        }
    }
}
