internal import DequeModule

/// Numbers, kills and days that are published; what a number holds is decided here, once.
struct Publications: Sendable {
    private(set) var entries: Deque<FeedEntry> = []
    let firstSequence: Int64
    let seed: UInt64
    /// Files that are kept at most; the oldest go first.
    let keep: Int
    let timeScale: Double
    var plan: FaultPlan
    /// For ESI: every kill whose files are kept.
    private(set) var kills: [Int64: FeedKill] = [:]
    /// For history/: day of the loss, then id to hash; kept when the files have expired.
    private(set) var days: [String: [Int64: String]] = [:]
    private(set) var publishedKills = 0
    private var nextSequence: Int64
    /// What was written since it was last taken.
    private var lines: [LedgerLine] = []

    /// Ids of invented extras: far above those of the timeline.
    private static let extraIDs: Int64 = 7_000_000_000

    init(firstSequence: Int64, seed: UInt64, keep: Int, timeScale: Double, plan: FaultPlan) {
        self.firstSequence = firstSequence
        self.seed = seed
        self.keep = max(64, keep)
        self.timeScale = timeScale
        self.plan = plan
        nextSequence = firstSequence
    }

    /// The newest number; one below the first when nothing is published.
    var head: Int64 { nextSequence - 1 }

    mutating func takeLines() -> [LedgerLine] {
        defer { lines.removeAll(keepingCapacity: true) }
        return lines
    }

    func entry(_ sequence: Int64) -> FeedEntry? {
        guard let first = entries.first?.sequence, sequence >= first, sequence < nextSequence else { return nil }
        return entries[Int(sequence - first)]
    }

    // MARK: Publishing

    /// Publishes a kill under the next number, with the extras that the faults put around it.
    /// - Returns: the number of the kill.
    @discardableResult
    mutating func publish(_ kill: FeedKill, uploadedAt: Int64, now: Double) -> Int64 {
        publishExtras(around: kill, uploadedAt: uploadedAt, now: now)
        let number = append(kill, kind: .kill, uploadedAt: uploadedAt, now: now)
        if plan.hits(.duplicate, number, seed: seed) { append(kill, kind: .duplicate, uploadedAt: uploadedAt, now: now) }
        return number
    }

    /// A killmail that only history/ knows, because its file has expired.
    mutating func bury(_ kill: FeedKill, sequence: Int64, now: Double) {
        days[Timestamp.day(kill.time), default: [:]][kill.id] = kill.hash
        kills[kill.id] = kill
        note(sequence, kill, kind: .expired, now: now, readableAt: nil)
    }

    private mutating func publishExtras(around kill: FeedKill, uploadedAt: Int64, now: Double) {
        if plan.hits(.hole, nextSequence, seed: seed) {
            note(nextSequence, nil, kind: .hole, now: now, readableAt: nil)
            push(FeedEntry(sequence: nextSequence, content: .hole, uploadedAt: uploadedAt, bornAt: uploadedAt, readableAt: now))
        }
        if plan.hits(.nullPlaceholder, nextSequence, seed: seed) {
            note(nextSequence, nil, kind: .nullPlaceholder, now: now, readableAt: nil)
            push(
                FeedEntry(
                    sequence: nextSequence, content: .placeholder, uploadedAt: uploadedAt, bornAt: uploadedAt, readableAt: now))
        }
        if plan.hits(.lies, nextSequence, seed: seed) { publishLie(from: kill, uploadedAt: uploadedAt, now: now) }
        // Also near the beginning, so that a short run has one.
        if plan.hits(.huge, nextSequence, seed: seed) || (plan.isOn(.huge) && nextSequence == firstSequence + 20) {
            let id = Self.extraIDs + 1_000_000_000 + nextSequence - firstSequence
            append(HugeKill.make(id: id, time: kill.time - 30), kind: .kill, uploadedAt: uploadedAt, now: now)
        }
    }

    private mutating func publishLie(from kill: FeedKill, uploadedAt: Int64, now: Double) {
        let number = nextSequence
        let lie = Lie.allCases[Int(number % Int64(Lie.allCases.count))]
        let id = Self.extraIDs + number - firstSequence
        let body = lie.body(from: kill, id: id, sequence: number, uploadedAt: uploadedAt)
        lines.append(
            LedgerLine(
                sequence: number, killmailID: id, publishedAt: now, readableAt: nil, battle: nil, kind: .lie, scenario: nil,
                killmailTime: nil, hash: kill.hash))
        push(FeedEntry(sequence: number, content: .raw(body), uploadedAt: uploadedAt, bornAt: uploadedAt, readableAt: now))
    }

    @discardableResult
    private mutating func append(_ kill: FeedKill, kind: LedgerLine.Kind, uploadedAt: Int64, now: Double) -> Int64 {
        let number = nextSequence
        var readableAt = now
        if plan.hits(.reorder, number, seed: seed) {
            var random = FaultPlan.random(.reorder, number, seed: seed)
            readableAt += random.double(3...12) * timeScale
        }
        var entry = FeedEntry(
            sequence: number, content: .kill(kill), uploadedAt: uploadedAt, bornAt: uploadedAt, readableAt: readableAt)
        if plan.hits(.missingFields, number, seed: seed) {
            var random = FaultPlan.random(.missingFields, number, seed: seed)
            if random.chance(0.5) { entry.form.nulls = true } else { entry.form.sparse = true }
        }
        entry.isReference = plan.hits(.reference, number, seed: seed)
        entry.sequenceUpdated = rewriteOne(before: number, uploadedAt: uploadedAt)
        note(number, kill, kind: kind, now: now, readableAt: readableAt > now ? readableAt : nil)
        kills[kill.id] = kill
        days[Timestamp.day(kill.time), default: [:]][kill.id] = kill.hash
        if kind == .kill { publishedKills += 1 }
        push(entry)
        return number
    }

    /// Overwrites an older file, as zKillboard does when it learns that a loss was a gank.
    private mutating func rewriteOne(before number: Int64, uploadedAt: Int64) -> Int64? {
        guard plan.hits(.rewrite, number, seed: seed), !entries.isEmpty else { return nil }
        var random = FaultPlan.random(.rewrite, number, seed: seed)
        let index = entries.count - 1 - random.int(0...min(200, entries.count - 1))
        guard case .kill = entries[index].content else { return nil }
        entries[index].rewrittenLabel = "ganked"
        entries[index].uploadedAt = uploadedAt
        return entries[index].sequence
    }

    private mutating func note(_ number: Int64, _ kill: FeedKill?, kind: LedgerLine.Kind, now: Double, readableAt: Double?) {
        lines.append(
            LedgerLine(
                sequence: number, killmailID: kill?.id, publishedAt: now, readableAt: readableAt, battle: kill?.battle,
                kind: kind,
                scenario: kill?.scenario, killmailTime: kill?.time, hash: kill?.hash))
    }

    private mutating func push(_ entry: FeedEntry) {
        entries.append(entry)
        nextSequence += 1
        guard entries.count > keep, let oldest = entries.popFirst() else { return }
        // A duplicate may still hold the kill under a newer number: then ESI forgets it a little too early, which it may.
        if case .kill(let kill) = oldest.content { kills[kill.id] = nil }
    }
}
