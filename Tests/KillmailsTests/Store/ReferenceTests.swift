import EVE
import KernelAPI
import KernelTesting
import Testing

@testable import Killmails

@Suite("Killmails known by reference")
struct ReferenceTests {
    @Test("a reference waits for its mail; the mail ends the waiting, and a later reference changes nothing")
    func referenceThenMail() async throws {
        try await KillmailsBench.run { bench in
            bench.feed.publish(.reference(1, hash: hash(1)), .reference(1, hash: hash(1)), .reference(2, hash: hash(2)))
            try await bench.kernel.drain("killmails.ingest")
            #expect(try await bench.statuses() == ["1 pending", "2 pending"])
            #expect(try await bench.queued().isEmpty)
            #expect(try await bench.stored().isEmpty)
            bench.feed.publish(.killmail(mail(1)), .reference(1, hash: hash(1)))
            try await bench.kernel.drain("killmails.ingest")
            #expect(try await bench.statuses() == ["1 succeeded", "2 pending"])
            #expect(try await bench.queued() == [1])
            let jobs = try await bench.numbers(Statement("test.jobs", "SELECT killmail_id FROM killmails.enrichment"))
            #expect(jobs == [2])
        }
    }

    @Test("a reference and its mail in one poll are one stored killmail")
    func together() async throws {
        try await KillmailsBench.run { bench in
            bench.feed.publish(.reference(1, hash: hash(1)), .killmail(mail(1)))
            try await bench.kernel.drain("killmails.ingest")
            #expect(try await bench.statuses() == ["1 succeeded"])
            #expect(try await bench.queued() == [1])
        }
    }

    @Test("a reference whose hash is none is set aside and stops nothing")
    func badHash() async throws {
        try await KillmailsBench.run(feedBatch: 1) { bench in
            let hashes = ["", "abc", "zz" + String(repeating: "0", count: 38), String(repeating: "a", count: 42)]
            for (index, text) in hashes.enumerated() { bench.feed.publish(.reference(KillmailID(Int64(index + 1)), hash: text)) }
            bench.feed.publish(.killmail(mail(9)))
            try await bench.kernel.drain("killmails.ingest")
            let rejects = try await bench.rejects()
            #expect(rejects == (1...4).map { "\($0) invalid_hash" })
            #expect(try await bench.stored() == [9])
            bench.source.answer { mail($0.rawValue) }
            try await bench.kernel.drain("killmails.enrichment")
            #expect(bench.source.asked.isEmpty)
        }
    }
}
