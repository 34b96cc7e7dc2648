import EVE
import Foundation
import KernelTesting

@testable import EVEClients

/// An imagined live feed with its unpleasant habits: numbers that come late or never, caches that deny what exists, a lagging
/// head, and errors of every kind.
struct FeedModel {
    static let first: Int64 = 5_000
    private var visibleAt: [Int64: Duration] = [:]
    private(set) var holes: Set<Int64> = []
    private let last: Int64
    var dice: SeededGenerator
    /// In percent, of the answers.
    var faults = 0

    init(seed: UInt64, count: Int64, holesInPercent: Int) {
        dice = SeededGenerator(seed: seed)
        last = Self.first + count - 1
        for number in Self.first...last {
            if Int.random(in: 0..<100, using: &dice) < holesInPercent, number != last {
                holes.insert(number)
            } else {
                let late = Double.random(in: 0...40, using: &dice)
                visibleAt[number] = .seconds(Double(number - Self.first) * 5 + late)
            }
        }
    }

    var published: Set<Int64> { Set(visibleAt.keys) }

    mutating func answer(_ request: R2Z2Cursor.Request, at now: Duration) -> R2Z2Cursor.Answer {
        if Int.random(in: 0..<100, using: &dice) < faults {
            switch Int.random(in: 0..<6, using: &dice) {
            case 0: return .failed("network")
            case 1: return .throttled(retryAfter: nil)
            case 2: return .throttled(retryAfter: .seconds(30))
            case 3: return .forbidden
            default: return request == .head ? .failed("page") : .missing
            }
        }
        guard let number = request.sequence else {
            let visible = visibleAt.filter { $0.value <= now }.keys.max() ?? Self.first
            // Rewritten only when it is 52 behind.
            return .head(max(Self.first, visible - visible % 52))
        }
        guard let moment = visibleAt[number], moment <= now else { return .missing }
        return .envelope(Self.envelope(number))
    }

    static func envelope(_ number: Int64, updated: Int64? = nil) -> R2Z2Envelope {
        R2Z2Envelope(sequence: number, content: .killmail(mail(KillmailID(number))), updatedSequence: updated)
    }

    static func mail(_ id: KillmailID) -> Killmail {
        Killmail(
            id: id, time: Date(timeIntervalSince1970: 1_790_000_000), solarSystemID: 30_000_901,
            victim: .init(affiliation: .init(), shipTypeID: 587, damageTaken: 1), attackers: [])
    }
}

/// Reads an imagined feed with a cursor, in imagined time, and watches the rules.
struct CursorRun {
    static let start = Date(timeIntervalSince1970: 1_795_000_000)

    var cursor: R2Z2Cursor
    var now = Duration.zero
    var delivered: [Int64] = []
    var abandoned: [FeedAbandonment] = []
    var requests: [(request: R2Z2Cursor.Request, at: Duration)] = []
    var violations: [String] = []
    private var earliest = Duration.zero

    init(startAt: Int64? = FeedModel.first, stored: FeedState = FeedState()) {
        cursor = R2Z2Cursor(settings: R2Z2Settings(), startAt: startAt)
        cursor.resume(from: stored)
    }

    var date: Date { Self.start.addingTimeInterval(now.inSeconds) }
    var skipped: Set<Int64> { Set(abandoned.flatMap { Array($0.sequences) }) }

    /// One decision, and if it is a request, its answer.
    mutating func step(_ answer: (R2Z2Cursor.Request, Duration) -> R2Z2Cursor.Answer) {
        let before = cursor.state.cursor
        let (action, effects) = cursor.next(at: now, date: date)
        take(effects)
        switch action {
        case .wait(let moment):
            if moment <= now { violations.append("waits for the past at \(now)") }
            now = moment
        case .fetch(let request):
            if now < earliest { violations.append("\(request) at \(now), before \(earliest)") }
            requests.append((request, now))
            if requests.count > 10, now - requests[requests.count - 11].at < .seconds(1) {
                violations.append("more than 10 requests in a second at \(now)")
            }
            let answer = answer(request, now)
            now += .milliseconds(20)
            switch answer {
            case .missing: earliest = now + .seconds(6)
            case .forbidden: earliest = now + .seconds(600)
            case .throttled(let hint): earliest = now + (hint ?? .seconds(10))
            default: earliest = now + .milliseconds(100)
            }
            take(cursor.receive(answer, to: request, at: now, date: date, random: 0.5))
        }
        if let before, (cursor.state.cursor ?? 0) < before { violations.append("the cursor went back from \(before)") }
    }

    private mutating func take(_ effects: R2Z2Cursor.Effects) {
        delivered += effects.deliveries.map(\.sequence)
        abandoned += effects.abandoned
    }

    mutating func run(until end: Duration, _ model: inout FeedModel) {
        while now < end { step { model.answer($0, at: $1) } }
    }

    /// Numbers up to the cursor that are neither delivered nor gaps nor abandoned.
    var forgotten: [Int64] {
        guard let last = cursor.state.cursor, last >= FeedModel.first else { return [] }
        let known = Set(delivered).union(cursor.state.gaps.map(\.sequence)).union(skipped)
        return (FeedModel.first...last).filter { !known.contains($0) }
    }
}
