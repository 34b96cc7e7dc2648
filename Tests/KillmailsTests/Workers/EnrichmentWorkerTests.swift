import EVE
import Foundation
import KernelAPI
import KernelTesting
import Logging
import Testing

@testable import Killmails

@Suite("Enrichment worker")
struct EnrichmentWorkerTests {
    private struct Job: Equatable {
        var status: String
        var attempts: Int
        var next: Date
        var error: String?
    }

    private static func job(_ bench: KillmailsBench) async throws -> Job? {
        let rows = try await bench.kernel.database.query(
            Statement(
                "test.job", "SELECT status::text, attempts, next_attempt_at, last_error FROM killmails.enrichment"))
        return try rows.first.map { row in
            var columns = row.columns
            return Job(
                status: try columns.next(), attempts: try columns.next(), next: try columns.next(), error: try columns.next())
        }
    }

    /// A bench whose only killmail, 1, is known by reference.
    private static func run(_ body: @Sendable (KillmailsBench) async throws -> Void) async throws {
        try await KillmailsBench.run { bench in
            bench.feed.publish(.reference(1, hash: hash(1)))
            try await bench.kernel.drain("killmails.ingest")
            try await body(bench)
        }
    }

    @Test("a reference is asked for with its hash, stored, announced, and nothing of the job remains")
    func succeeds() async throws {
        try await Self.run { bench in
            bench.source.answer { mail($0.rawValue) }
            let next1 = try await bench.kernel.step("killmails.enrichment")
            #expect(next1 == .whenWoken(atMost: .seconds(5)))
            #expect(bench.source.asked == [1] && bench.source.hashes == [hash(1)])
            #expect(try await bench.statuses() == ["1 succeeded"])
            #expect(try await bench.queued() == [1])
            #expect(try await Self.job(bench) == nil)
        }
    }

    @Test("more jobs than a step takes are taken by the next one, at once")
    func batches() async throws {
        try await KillmailsBench.run(feedBatch: 100) { bench in
            for id in 1...11 { bench.feed.publish(.reference(KillmailID(Int64(id)), hash: hash(Int64(id)))) }
            try await bench.kernel.drain("killmails.ingest")
            bench.source.answer { mail($0.rawValue) }
            let next2 = try await bench.kernel.step("killmails.enrichment")
            #expect(next2 == .immediately)
            #expect(try await bench.stored().count == 10)
            try await bench.kernel.drain("killmails.enrichment")
            #expect(try await bench.stored() == Array(1...11))
        }
    }

    @Test("a passing failure is tried again after a pause that doubles from half a minute to an hour, until it is enough")
    func backsOff() async throws {
        try await Self.run { bench in
            for attempt in 1...11 {
                try await bench.kernel.drain("killmails.enrichment")
                let job = try #require(try await Self.job(bench))
                let pause = job.next.timeIntervalSince(bench.kernel.clock.now)
                let least = min(3_600, 30 * pow(2, Double(attempt - 1)))
                #expect(job.status == "pending" && job.attempts == attempt && job.error == "the service is away")
                #expect(pause >= least - 0.001 && pause <= least * 1.5 + 0.001, "attempt \(attempt): \(pause)")
                // Not a moment earlier.
                bench.kernel.clock.set(job.next - 0.01)
                try await bench.kernel.drain("killmails.enrichment")
                #expect(bench.source.asked.count == attempt)
                bench.kernel.clock.set(job.next)
            }
            try await bench.kernel.drain("killmails.enrichment")
            #expect(try await Self.job(bench)?.status == "failed")
            #expect(try await bench.statuses() == ["1 failed"])
            bench.kernel.clock.advance(by: .seconds(1_000_000))
            try await bench.kernel.drain("killmails.enrichment")
            #expect(bench.source.asked.count == 12)
            #expect(bench.log.messages(.error) == ["killmail cannot be completed"])
        }
    }

    @Test("the service's own wish for a pause is kept when it is longer")
    func asked() async throws {
        try await Self.run { bench in
            bench.source.answer { _ in throw ScriptedFailure(retryAfter: .seconds(900)) }
            try await bench.kernel.drain("killmails.enrichment")
            #expect(try await Self.job(bench)?.next == noon + 900)
        }
    }

    @Test("what can never succeed fails at once, and an admin can have it tried again")
    func permanent() async throws {
        try await Self.run { bench in
            bench.source.answer { _ in throw ScriptedFailure(description: "no such killmail", isPermanent: true) }
            try await bench.kernel.drain("killmails.enrichment")
            #expect(try await Self.job(bench) == Job(status: "failed", attempts: 1, next: noon + 120, error: "no such killmail"))
            let letters = DeadLetters(host: bench.kernel.host)
            #expect(try await letters.requeue(2, by: .system) == nil)
            bench.source.answer { mail($0.rawValue) }
            try await bench.kernel.drain("killmails.enrichment")
            #expect(try await bench.stored().isEmpty)
            #expect(try await letters.requeue(1, by: .system)?.error == "no such killmail")
            #expect(try await bench.statuses() == ["1 pending"])
            #expect(try await letters.requeue(1, by: .system) == nil)
            try await bench.kernel.drain("killmails.enrichment")
            #expect(try await bench.stored() == [1])
        }
    }

    @Test("a job whose worker died is free again when its lease has passed, and not before")
    func lease() async throws {
        try await Self.run { bench in
            let jobs = EnrichmentJobs(database: bench.kernel.database, pauseFactor: 1)
            #expect(try await jobs.claim(atMost: 5, now: noon).map(\.killmailID) == [1])
            #expect(try await bench.statuses() == ["1 processing"])
            bench.source.answer { mail($0.rawValue) }
            bench.kernel.clock.advance(by: .seconds(119))
            try await bench.kernel.drain("killmails.enrichment")
            #expect(bench.source.asked.isEmpty)
            bench.kernel.clock.advance(by: .seconds(1))
            try await bench.kernel.drain("killmails.enrichment")
            #expect(try await bench.statuses() == ["1 succeeded"])
        }
    }

    @Test("two workers never have the same job")
    func claims() async throws {
        try await KillmailsBench.run(feedBatch: 100) { bench in
            for id in 1...60 { bench.feed.publish(.reference(KillmailID(Int64(id)), hash: hash(Int64(id)))) }
            try await bench.kernel.drain("killmails.ingest")
            let jobs = EnrichmentJobs(database: bench.kernel.database, pauseFactor: 1)
            let claimed = try await withThrowingTaskGroup(of: [KillmailID].self) { group in
                for _ in 0..<6 { group.addTask { try await jobs.claim(atMost: 10, now: noon).map(\.killmailID) } }
                return try await group.reduce(into: []) { $0 += $1 }
            }
            #expect(claimed.count == Set(claimed).count && claimed.count >= 10)
        }
    }

    @Test("an answer about another killmail, or from before what is kept, is a failure for good")
    func lies() async throws {
        try await Self.run { bench in
            bench.source.answer { _ in mail(2) }
            try await bench.kernel.drain("killmails.enrichment")
            #expect(try await Self.job(bench)?.error == "the answer was about killmail 2")
            #expect(try await bench.statuses() == ["1 failed"])
            #expect(try await DeadLetters(host: bench.kernel.host).requeueAll(by: .system) == 1)
            bench.source.answer { mail($0.rawValue, at: .init(timeIntervalSince1970: 0)) }
            try await bench.kernel.drain("killmails.enrichment")
            #expect(try await bench.statuses() == ["1 failed"])
            #expect(try await bench.stored().isEmpty)
        }
    }
}
