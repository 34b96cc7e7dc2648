import EVE
import Foundation
import Testing

@testable import EVEClients

@Suite("The cursor of the live feed")
struct R2Z2CursorTests {
    @Test("delivers whatever is published, whatever the feed does on the way", arguments: 0..<25 as Range<UInt64>)
    func deliversEverything(seed: UInt64) {
        var model = FeedModel(seed: seed, count: 300, holesInPercent: Int(seed % 4) * 4)
        var run = CursorRun()
        model.faults = Int(seed % 3) * 8
        for hour in 1...6 {
            run.run(until: .seconds(1800 * hour), &model)
            #expect(run.forgotten.isEmpty)
            #expect(run.cursor.state.gaps.count <= FeedState.maximumGaps)
        }
        model.faults = 0
        run.run(until: .seconds(3600 * 10), &model)
        #expect(Set(run.delivered) == model.published)
        #expect(run.delivered.count == model.published.count)
        #expect(run.violations.isEmpty)
        #expect(run.abandoned.isEmpty)
        // A day after the tenth hour, by which the last hole has been noticed.
        run.run(until: .seconds(3600 * 35), &model)
        #expect(run.skipped == model.holes)
        #expect(run.cursor.state.gaps.isEmpty)
    }

    @Test("begins with the number in sequence.json itself")
    func beginsAtHead() {
        var run = CursorRun(startAt: nil)
        for _ in 0..<4 {
            run.step { request, _ in request == .head ? .head(77) : .envelope(FeedModel.envelope(request.sequence ?? 0)) }
        }
        #expect(run.requests.map(\.request) == [.head, .frontier(77)])
        #expect(run.delivered == [77])
    }

    @Test("takes a later number first and the missing one when it comes")
    func toleratesDisorder() {
        var run = CursorRun(startAt: 10)
        while run.now < .seconds(120) {
            run.step { request, now in
                request.sequence == 11 || request.sequence == 10 && now > .seconds(35)
                    ? .envelope(FeedModel.envelope(request.sequence ?? 0)) : request == .head ? .head(1) : .missing
            }
        }
        #expect(run.delivered == [11, 10])
        #expect(run.cursor.state.cursor == 11)
        #expect(run.cursor.state.gaps.isEmpty)
        #expect(run.violations.isEmpty)
    }

    @Test("never goes back when sequence.json does")
    func ignoresOldHead() {
        var run = CursorRun(startAt: nil, stored: FeedState(cursor: 500, cursorTime: CursorRun.start))
        while run.now < .seconds(300) { run.step { request, _ in request == .head ? .head(3) : .missing } }
        #expect(run.cursor.state.cursor == 500)
        #expect(run.violations.isEmpty)
    }

    @Test("that is too old jumps to the newest number and asks for a backfill")
    func jumps() {
        let stored = FeedState(cursor: 500, cursorTime: CursorRun.start.addingTimeInterval(-90_000))
        var run = CursorRun(startAt: nil, stored: stored)
        while run.delivered.isEmpty, run.now < .seconds(600) {
            run.step { request, _ in
                guard let number = request.sequence else { return .head(20_000) }
                return number >= 20_000 ? .envelope(FeedModel.envelope(number)) : .missing
            }
        }
        #expect(run.delivered == [20_000])
        #expect(run.abandoned == [FeedAbandonment(sequences: 501...19_999, reason: .expired)])
        #expect(run.violations.isEmpty)
    }

    @Test("reports the jump in an alarm")
    func alarmsAtJump() {
        var cursor = R2Z2Cursor(settings: R2Z2Settings())
        cursor.resume(from: FeedState(cursor: 500, cursorTime: CursorRun.start.addingTimeInterval(-90_000)))
        var now = Duration.zero
        while cursor.alarm == nil, now < .seconds(600) {
            guard case .fetch(let request) = cursor.next(at: now, date: CursorRun.start).action, cursor.alarm == nil else {
                now += .seconds(1)
                continue
            }
            _ = cursor.receive(
                request == .head ? .head(20_000) : .missing, to: request, at: now, date: CursorRun.start, random: 0)
        }
        #expect(cursor.alarm?.code == .backfillNeeded)
        #expect(cursor.alarm?.message.contains("501 to 19999") == true)
    }

    @Test("fetches a republished number again, once")
    func refetches() {
        var run = CursorRun(startAt: 10)
        for _ in 0..<12 {
            run.step { request, _ in
                .envelope(FeedModel.envelope(request.sequence ?? 0, updated: request == .frontier(12) ? 10 : nil))
            }
        }
        #expect(
            run.requests.map(\.request).prefix(5) == [.frontier(10), .frontier(11), .frontier(12), .rewrite(10), .frontier(13)])
        #expect(run.delivered.prefix(5) == [10, 11, 12, 10, 13])
    }

    @Test("skips a placeholder and says so")
    func skipsPlaceholder() {
        var run = CursorRun(startAt: 10)
        for _ in 0..<3 {
            run.step { request, _ in
                request.sequence == 10
                    ? .envelope(R2Z2Envelope(sequence: 10, content: .placeholder))
                    : .envelope(FeedModel.envelope(request.sequence ?? 0))
            }
        }
        #expect(run.abandoned == [FeedAbandonment(sequences: 10...10, reason: .placeholder)])
        #expect(run.delivered == [11])
    }

    @Test("passes over a file that stays broken after three attempts")
    func passesBrokenFile() {
        var run = CursorRun(startAt: 10)
        let reject = FeedReject(killmailID: nil, code: "truncated", message: "cut off")
        while run.delivered.count < 2 {
            run.step { request, _ in
                request.sequence == 10 ? .broken(reject) : .envelope(FeedModel.envelope(request.sequence ?? 0))
            }
        }
        #expect(run.requests.map(\.request) == [.frontier(10), .frontier(10), .frontier(10), .frontier(11)])
        #expect(run.delivered == [10, 11])
    }

    @Test("waits longer and longer for a service that is down, at most a minute, and alarms")
    func backsOff() {
        var run = CursorRun(startAt: 10)
        while run.requests.count < 12 { run.step { _, _ in .failed("down") } }
        let pauses = zip(run.requests.dropFirst(), run.requests).map { ($0.at - $1.at).inSeconds }
        #expect(zip(pauses.dropFirst(), pauses).allSatisfy { $0 >= $1 - 0.1 })
        #expect((pauses.last ?? 0) > 30 && (pauses.last ?? 0) <= 61)
        #expect(run.cursor.alarm?.code == .unreachable)
        run.step { _, _ in .failed("down") }
        while run.delivered.isEmpty { run.step { request, _ in .envelope(FeedModel.envelope(request.sequence ?? 0)) } }
        #expect(run.cursor.alarm == nil)
    }

    @Test("adopts an older state when the newer one could not be stored")
    func adoptsStored() {
        var run = CursorRun(startAt: 10)
        for _ in 0..<9 { run.step { request, _ in .envelope(FeedModel.envelope(request.sequence ?? 0)) } }
        run.cursor.resume(from: FeedState(cursor: 11, cursorTime: CursorRun.start))
        let already = run.delivered.count
        run.violations = []
        for _ in 0..<2 { run.step { request, _ in .envelope(FeedModel.envelope(request.sequence ?? 0)) } }
        #expect(run.delivered.dropFirst(already).first == 12)
    }

    @Test("stops instead of collecting gaps without end")
    func boundsGaps() {
        let gaps = (0..<Int64(998)).map {
            FeedGap(sequence: $0 + 1, noticedAt: CursorRun.start, nextAttemptAt: CursorRun.start.addingTimeInterval(80_000))
        }
        var run = CursorRun(startAt: nil, stored: FeedState(cursor: 2_000, cursorTime: CursorRun.start, gaps: gaps))
        while run.now < .seconds(3_000) { run.step { request, _ in request == .head ? .head(3_000) : .missing } }
        #expect(run.cursor.state.cursor == 2_000)
        #expect(run.cursor.alarm?.code == .stalled)
        #expect(run.violations.isEmpty)
    }
}
