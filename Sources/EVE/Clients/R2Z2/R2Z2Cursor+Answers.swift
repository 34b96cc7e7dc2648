import EVE
import struct Foundation.Date

/// What answers mean.
extension R2Z2Cursor {
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
        // What was looked at before is worth another look when there is news.
        if number > head ?? 0 { stall?.probed = 0 }
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
            FeedDelivery(
                sequence: sequence, content: content, isRewrite: request == .rewrite(sequence), publishedAt: envelope.uploadedAt))
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
