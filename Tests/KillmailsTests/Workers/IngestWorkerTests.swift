import EVE
import Foundation
import KernelAPI
import KernelTesting
import Logging
import Testing

@testable import Killmails

@Suite("Ingest worker")
struct IngestWorkerTests {
    private static let cursor = Statement("test.cursor", "SELECT cursor FROM killmails.feed_state WHERE feed = 'scripted'")

    @Test("what a poll brought and the feed's place are stored together, poll after poll")
    func follows() async throws {
        try await KillmailsBench.run { bench in
            bench.feed.publish(.killmail(mail(1)), .killmail(mail(2)), .killmail(mail(3)))
            let next3 = try await bench.kernel.step("killmails.ingest")
            #expect(next3 == .immediately)
            #expect(try await bench.stored() == [1, 2])
            #expect(try await bench.numbers(Self.cursor) == [2])
            let next4 = try await bench.kernel.step("killmails.ingest")
            #expect(next4 == .immediately)
            let next5 = try await bench.kernel.step("killmails.ingest")
            #expect(next5 == .after(.seconds(6)))
            #expect(try await bench.stored() == [1, 2, 3])
            #expect(bench.feed.polledFrom == [nil, 2, 3])
        }
    }

    @Test(
        "whatever fails within the transaction, neither killmails nor cursor nor queue remain, and the next step repeats it",
        arguments: ["killmails.feed_state", "killmails.detail", "kernel.queue_item"])
    func crash(table: String) async throws {
        try await KillmailsBench.run { bench in
            bench.feed.publish(.killmail(mail(1)), .killmail(mail(2)))
            try await bench.kernel.execute(
                """
                CREATE FUNCTION broken() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE 'broken on purpose'; END $$;
                CREATE TRIGGER broken BEFORE INSERT OR UPDATE ON \(table) FOR EACH ROW EXECUTE FUNCTION broken();
                """)
            await #expect(throws: DatabaseError.self) { try await bench.kernel.step("killmails.ingest") }
            let left = try await [bench.stored(), bench.queued(), bench.numbers(Self.cursor)]
            #expect(left == [[], [], []])
            try await bench.kernel.execute("DROP FUNCTION broken CASCADE")
            try await bench.kernel.drain("killmails.ingest")
            #expect(bench.feed.polledFrom == [nil, nil, 2])
            #expect(try await bench.stored() == [1, 2])
            #expect(try await bench.queued() == [1, 2])
        }
    }

    @Test("a pod that starts anew goes on from the stored place")
    func restart() async throws {
        try await KillmailsBench.run { bench in
            bench.feed.publish(.killmail(mail(1)), .killmail(mail(2)), .killmail(mail(3)))
            try await bench.kernel.step("killmails.ingest")
            try await bench.kernel.withSecondPod { try await $0.step("killmails.ingest") }
            #expect(bench.feed.polledFrom == [nil, 2])
            #expect(try await bench.stored() == [1, 2, 3])
        }
    }

    @Test("of two pods on one feed the slower one drops what it read and goes on from the stored place")
    func twoPods() async throws {
        try await KillmailsBench.run { bench in
            for id in 1...8 { bench.feed.publish(.killmail(mail(Int64(id)))) }
            try await bench.kernel.step("killmails.ingest")
            try await bench.kernel.withSecondPod { other in
                try await other.step("killmails.ingest")
                await #expect(throws: FeedMovedElsewhere.self) { try await bench.kernel.step("killmails.ingest") }
                #expect(try await bench.numbers(Self.cursor) == [4])
                try await bench.kernel.step("killmails.ingest")
                #expect(try await bench.numbers(Self.cursor) == [6])
                await #expect(throws: FeedMovedElsewhere.self) { try await other.step("killmails.ingest") }
                try await other.drain("killmails.ingest")
            }
            #expect(try await bench.stored() == Array(1...8))
            #expect(try await bench.queued() == Array(1...8))
        }
    }

    @Test("gaps are kept while they last, with their attempts, and survive a restart")
    func gaps() async throws {
        try await KillmailsBench.run { bench in
            let first = FeedGap(sequence: 3, noticedAt: noon, nextAttemptAt: noon + 30)
            let second = FeedGap(sequence: 5, noticedAt: noon + 1, attempts: 2, nextAttemptAt: noon + 60)
            bench.feed.answerNext { _ in
                FeedPoll(state: FeedState(cursor: 9, cursorTime: noon, gaps: [first, second]), pause: .zero)
            }
            try await bench.kernel.step("killmails.ingest")
            try await bench.kernel.withSecondPod { other in
                bench.feed.answerNext { state in
                    #expect(state == FeedState(cursor: 9, cursorTime: noon, gaps: [first, second]))
                    var tried = second
                    tried.attempts = 3
                    return FeedPoll(state: FeedState(cursor: 9, cursorTime: noon, gaps: [tried]), pause: .zero)
                }
                try await other.step("killmails.ingest")
            }
            let gaps = try await bench.texts(
                Statement("test.gaps", "SELECT sequence || ' ' || attempts FROM killmails.feed_gap ORDER BY sequence"))
            #expect(gaps == ["5 3"])
        }
    }

    @Test("numbers that were given up are on record with the reason, once")
    func abandoned() async throws {
        try await KillmailsBench.run { bench in
            for _ in 0..<2 {
                bench.feed.answerNext { state in
                    FeedPoll(
                        state: state,
                        abandoned: [.init(sequences: 4...6, reason: .missing), .init(sequences: 8...8, reason: .expired)],
                        pause: .zero)
                }
                try await bench.kernel.step("killmails.ingest")
            }
            let given = try await bench.texts(
                Statement(
                    "test.abandoned",
                    """
                    SELECT first_sequence || '-' || last_sequence || ' ' || reason FROM killmails.feed_abandonment
                    ORDER BY first_sequence
                    """))
            #expect(given == ["4-6 missing", "8-8 expired"])
        }
    }

    @Test("what the feed delivered and nobody can read is on record, and logged with number and reason")
    func unreadable() async throws {
        try await KillmailsBench.run { bench in
            bench.feed.publish(
                .unreadable(FeedReject(killmailID: 7, code: "missing_field", message: "victim is missing")), .killmail(mail(1)))
            try await bench.kernel.drain("killmails.ingest")
            #expect(try await bench.rejects() == ["1 missing_field"])
            #expect(try await bench.stored() == [1])
            let warning = try #require(bench.log.entries.first { $0.message == "killmail set aside" })
            #expect(warning.metadata["killmailId"] == "7" && warning.metadata["sequence"] == "1")
        }
    }

    @Test("an alarm is told once while it lasts, a different one again, and its end once")
    func alarms() async throws {
        try await KillmailsBench.run { bench in
            let alarms: [FeedAlarm.Code?] = [.unreachable, .unreachable, .forbidden, nil, nil, .unreachable]
            for code in alarms {
                bench.feed.answerNext { state in
                    FeedPoll(state: state, pause: .seconds(9), alarm: code.map { FeedAlarm(code: $0, message: "look") })
                }
                let next6 = try await bench.kernel.step("killmails.ingest")
                #expect(next6 == .after(.seconds(9)))
            }
            let errors = bench.log.entries.filter { $0.level == .error }.map { $0.metadata["code"] }
            #expect(errors == ["unreachable", "forbidden", "unreachable"])
            #expect(bench.log.messages(.info).filter { $0 == "the feed works again" }.count == 1)
        }
    }
}
