import EVE
import struct Foundation.Date

/// Decides what to ask of zKillboard's live feed next, and what an answer means. Acts on nothing and knows no clock.
///
/// The feed is a row of files, one a number. A number that is missing may come late, may have been skipped for ever, may be
/// a cache's mistake, or may simply not be written yet; nothing tells which. So a missing number is asked for again, and
/// when a later one exists it is noted as a gap, passed, and tried again for a day. Nothing is passed without being
/// delivered, noted as a gap, or reported as abandoned.
struct R2Z2Cursor: Sendable {
    enum Request: Sendable, Hashable {
        /// `sequence.json`: the newest number, late by up to 51.
        case head
        /// The number after the cursor.
        case frontier(Int64)
        /// A number further on, while the frontier is missing.
        case probe(Int64)
        case gap(Int64)
        /// A number that was published again.
        case rewrite(Int64)
    }

    enum Answer: Sendable {
        case head(Int64)
        case envelope(R2Z2Envelope)
        case missing
        /// A file that is no envelope, or too large to read.
        case broken(FeedReject)
        case throttled(retryAfter: Duration?)
        case forbidden
        /// No answer, a server error, or a page that is no file of the feed.
        case failed(String)
    }

    enum Action: Sendable, Hashable {
        case fetch(Request)
        case wait(until: Duration)
    }

    /// What an answer led to.
    struct Effects: Sendable {
        var deliveries: [FeedDelivery] = []
        var abandoned: [FeedAbandonment] = []
    }

    /// The frontier's number is missing.
    struct Stall: Sendable {
        /// Requests made since.
        var step = 0
        /// How many of the numbers after it were looked at in vain.
        var probed: Int64 = 0
    }

    let settings: R2Z2Settings
    /// Where to begin without a stored cursor; `nil` begins at the newest.
    let startAt: Int64?
    var state = FeedState()
    var head: Int64?
    var alarm: FeedAlarm?
    var stall: Stall?
    /// No request before this moment.
    var notBefore = Duration.zero
    var failures = 0
    /// The number whose file was no JSON, and how often.
    var broken: (sequence: Int64, attempts: Int)?
    /// Republished numbers to fetch again.
    var rewrites: [Int64] = []
    /// The last request was a side errand; the frontier is next.
    private var owesFrontier = false

    init(settings: R2Z2Settings, startAt: Int64? = nil) {
        self.settings = settings
        self.startAt = startAt
    }

    /// Goes on from the state that the caller has stored. It may be older than ours, when storing failed.
    mutating func resume(from stored: FeedState) {
        if alarm?.code == .backfillNeeded { alarm = nil }
        guard stored != state else { return }
        if stored.cursor != state.cursor { stall = nil }
        state = stored
    }

    // MARK: Deciding

    /// What to do now. Passing over missing numbers is decided here, so it may have effects.
    mutating func next(at now: Duration, date: Date) -> (action: Action, effects: Effects) {
        var effects = Effects()
        expireGaps(at: date, into: &effects)
        guard now >= notBefore else { return (.wait(until: notBefore), effects) }
        if state.cursor == nil, let startAt {
            state.cursor = startAt - 1
            state.cursorTime = date
        }
        guard let cursor = state.cursor else { return (.fetch(.head), effects) }
        if !owesFrontier, let errand = errand(at: date) {
            owesFrontier = true
            return (.fetch(errand), effects)
        }
        owesFrontier = false
        return (.fetch(advance(from: cursor, at: date, into: &effects)), effects)
    }

    private func errand(at date: Date) -> Request? {
        if let rewrite = rewrites.first { return .rewrite(rewrite) }
        return state.gaps.first { $0.nextAttemptAt <= date }.map { .gap($0.sequence) }
    }

    private mutating func advance(from cursor: Int64, at date: Date, into effects: inout Effects) -> Request {
        let next = cursor + 1
        guard let stall, stall.step > 1 else { return .frontier(next) }
        let hasRoom = state.gaps.count + Int(settings.probeReach) < FeedState.maximumGaps
        if !hasRoom {
            alarm = FeedAlarm(
                code: .stalled, message: "more than \(state.gaps.count) numbers are missing; the cursor stays at \(cursor)")
        }
        guard let head, head > next else {
            // Nothing later is known of, though it may exist: the head lags.
            switch stall.step % 4 {
            case 2 where hasRoom: return .probe(next + 1 + Int64(stall.step / 4) % settings.probeReach)
            case 3: return .head
            default: return .frontier(next)
            }
        }
        if stall.probed > 0, head - next > settings.probeReach, isExpired(at: date) {
            jump(over: next..<head, at: date, into: &effects)
            return .frontier(head)
        }
        guard hasRoom else { return stall.step % 2 == 0 ? .frontier(next) : .head }
        if stall.probed < min(settings.probeReach, head - next) { return .probe(next + stall.probed + 1) }
        let last = min(next + stall.probed, head)
        pass(upTo: last, at: date)
        return .frontier(last + 1)
    }

    /// Whether the files after the cursor are older than the feed keeps them.
    private func isExpired(at date: Date) -> Bool {
        guard let time = state.cursorTime else { return true }
        return date.timeIntervalSince(time) >= settings.lifetime.inSeconds
    }

    private mutating func jump(over lost: Range<Int64>, at date: Date, into effects: inout Effects) {
        effects.abandoned.append(FeedAbandonment(sequences: lost.lowerBound...(lost.upperBound - 1), reason: .expired))
        state.cursor = lost.upperBound - 1
        state.cursorTime = date
        stall = nil
        alarm = FeedAlarm(
            code: .backfillNeeded,
            message: "the feed no longer has numbers \(lost.lowerBound) to \(lost.upperBound - 1): backfill them from the history"
        )
    }

    /// Moves the cursor over missing numbers and remembers them.
    mutating func pass(upTo last: Int64, at date: Date) {
        guard let cursor = state.cursor, last > cursor else { return }
        let retry = date.addingTimeInterval(settings.firstGapDelay.inSeconds)
        for sequence in (cursor + 1)...last {
            state.gaps.append(FeedGap(sequence: sequence, noticedAt: date, nextAttemptAt: retry))
        }
        state.cursor = last
        stall = nil
    }

    private mutating func expireGaps(at date: Date, into effects: inout Effects) {
        let lifetime = settings.lifetime.inSeconds
        guard let oldest = state.gaps.first, date.timeIntervalSince(oldest.noticedAt) >= lifetime else { return }
        for gap in state.gaps where date.timeIntervalSince(gap.noticedAt) >= lifetime {
            effects.abandoned.append(FeedAbandonment(sequences: gap.sequence...gap.sequence, reason: .missing))
        }
        state.gaps.removeAll { date.timeIntervalSince($0.noticedAt) >= lifetime }
        if alarm?.code == .stalled { alarm = nil }
    }
}

extension R2Z2Cursor.Request {
    /// The number asked for; `nil` for the head.
    var sequence: Int64? {
        switch self {
        case .head: nil
        case .frontier(let sequence), .probe(let sequence), .gap(let sequence), .rewrite(let sequence): sequence
        }
    }
}
