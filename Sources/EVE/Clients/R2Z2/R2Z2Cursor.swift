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
    private var broken: (sequence: Int64, attempts: Int)?
    private var rewrites: [Int64] = []
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
            alarm = FeedAlarm(code: .stalled, message: "more than \(state.gaps.count) numbers are missing; the cursor stays at \(cursor)")
        }
        guard let head, head > next else {
            switch stall.step % 4 {
            case 2 where hasRoom: return .probe(next + 1)
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
        pass(upTo: next + stall.probed, at: date)
        return .frontier(next + stall.probed + 1)
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
            message: "the feed no longer has numbers \(lost.lowerBound) to \(lost.upperBound - 1): backfill them from the history")
    }

    /// Moves the cursor over missing numbers and remembers them.
    private mutating func pass(upTo last: Int64, at date: Date) {
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

    // MARK: Learning

    /// - Parameter random: from 0 up to 1, spreads the retries of many readers.
    mutating func receive(_ answer: Answer, to request: Request, at now: Duration, date: Date, random: Double) -> Effects {
        notBefore = now + settings.pace
        var effects = Effects()
        switch answer {
        case .head(let number):
            recover()
            learnHead(number, at: date)
        case .envelope(let envelope):
            recover()
            accept(envelope, for: request, at: date, into: &effects)
        case .broken(let reject):
            receiveBroken(reject, for: request, at: now, date: date, random: random, into: &effects)
        case .missing:
            recover()
            notBefore = now + settings.pauseAfterMiss
            missed(request, at: date)
        case .throttled(let hint):
            let pause = hint.map { min(max($0, settings.pace), settings.longestRetryAfter) }
            notBefore = now + (pause ?? settings.pauseAfterThrottle * (1 + random))
            alarm = FeedAlarm(code: .throttled, message: "the feed asks to slow down (429)")
        case .forbidden:
            notBefore = now + settings.pauseAfterForbidden * (1 + random / 10)
            alarm = FeedAlarm(code: .forbidden, message: "the feed refuses this address (403); stopped for ten minutes")
        case .failed(let reason):
            fail(reason, at: now, random: random)
        }
        return effects
    }

    /// The service answers as it should: trouble is over.
    private mutating func recover() {
        failures = 0
        if alarm?.code != .stalled, alarm?.code != .backfillNeeded { alarm = nil }
    }

    private mutating func fail(_ reason: String, at now: Duration, random: Double) {
        failures += 1
        let delay = min(settings.firstBackoff * (1 << min(failures - 1, 16)), settings.longestBackoff)
        notBefore = now + max(settings.pace, delay * (0.5 + random / 2))
        if failures >= 3 { alarm = FeedAlarm(code: .unreachable, message: "the feed cannot be read: \(reason)") }
    }

    private mutating func learnHead(_ number: Int64, at date: Date) {
        head = max(head ?? 0, number)
        stall?.step += 1
        guard state.cursor == nil else { return }
        state.cursor = number - 1
        state.cursorTime = date
    }

    private mutating func missed(_ request: Request, at date: Date) {
        switch request {
        case .head: stall?.step += 1
        case .frontier: stall = Stall(step: (stall?.step ?? 0) + 1, probed: stall?.probed ?? 0)
        case .probe(let sequence):
            guard var stall, let cursor = state.cursor else { return }
            stall.step += 1
            stall.probed = max(stall.probed, sequence - cursor - 1)
            self.stall = stall
        case .gap(let sequence):
            guard let index = state.gaps.firstIndex(where: { $0.sequence == sequence }) else { return }
            let delay = min(settings.firstGapDelay * (2 << min(state.gaps[index].attempts, 16)), settings.longestGapDelay)
            state.gaps[index].attempts += 1
            state.gaps[index].nextAttemptAt = date.addingTimeInterval(delay.inSeconds)
        case .rewrite(let sequence): rewrites.removeAll { $0 == sequence }
        }
    }

    // MARK: Accepting

    private mutating func accept(_ envelope: R2Z2Envelope, for request: Request, at date: Date, into effects: inout Effects) {
        guard let sequence = settle(request, publishedAt: envelope.uploadedAt, at: date) else { return }
        note(rewriteOf: envelope.updatedSequence, in: sequence, at: date)
        let content: FeedDelivery.Content
        switch envelope.content {
        case .killmail(let killmail): content = .killmail(killmail)
        case .reference(let id, let hash): content = .reference(id, hash: hash)
        case .unreadable(let error): content = .unreadable(FeedReject(error))
        case .placeholder:
            effects.abandoned.append(FeedAbandonment(sequences: sequence...sequence, reason: .placeholder))
            return
        }
        effects.deliveries.append(
            FeedDelivery(sequence: sequence, content: content, isRewrite: request == .rewrite(sequence), publishedAt: envelope.uploadedAt))
    }

    private mutating func receiveBroken(
        _ reject: FeedReject, for request: Request, at now: Duration, date: Date, random: Double, into effects: inout Effects
    ) {
        guard let sequence = request.sequence else { return fail(reject.message, at: now, random: random) }
        let attempts = (broken?.sequence == sequence ? broken?.attempts ?? 0 : 0) + 1
        broken = (sequence, attempts)
        guard attempts >= settings.attemptsAtBrokenFile else { return fail(reject.message, at: now, random: random) }
        recover()
        broken = nil
        guard settle(request, publishedAt: nil, at: date) != nil else { return }
        effects.deliveries.append(
            FeedDelivery(sequence: sequence, content: .unreadable(reject), isRewrite: request == .rewrite(sequence)))
    }

    /// Marks the number of a request as read. `nil` if it was no longer wanted.
    private mutating func settle(_ request: Request, publishedAt: Date?, at date: Date) -> Int64? {
        switch request {
        case .head: return nil
        case .gap(let sequence):
            guard state.gaps.contains(where: { $0.sequence == sequence }) else { return nil }
            state.gaps.removeAll { $0.sequence == sequence }
            if alarm?.code == .stalled { alarm = nil }
            return sequence
        case .rewrite(let sequence):
            rewrites.removeAll { $0 == sequence }
            return sequence
        case .frontier(let sequence), .probe(let sequence):
            guard let cursor = state.cursor, sequence > cursor else { return nil }
            pass(upTo: sequence - 1, at: date)
            state.cursor = sequence
            state.cursorTime = cursorTime(publishedAt: publishedAt, at: date)
            head = max(head ?? 0, sequence)
            stall = nil
            if alarm?.code == .stalled { alarm = nil }
            return sequence
        }
    }

    /// When the cursor's file was published. A file that can be had although it is too old shows that its time means
    /// something else (a replay), and counts from now.
    private func cursorTime(publishedAt: Date?, at date: Date) -> Date {
        guard let publishedAt, date.timeIntervalSince(publishedAt) < settings.lifetime.inSeconds else { return date }
        return min(publishedAt, date)
    }

    private mutating func note(rewriteOf older: Int64?, in sequence: Int64, at date: Date) {
        guard let older, let cursor = state.cursor, older <= cursor, older != sequence else { return }
        if let index = state.gaps.firstIndex(where: { $0.sequence == older }) {
            state.gaps[index].nextAttemptAt = date
        } else if !rewrites.contains(older), rewrites.count < settings.maximumRewrites {
            rewrites.append(older)
        }
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
