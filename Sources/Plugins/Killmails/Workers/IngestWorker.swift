import EVE
import KernelAPI
import Logging
import Metrics

/// Reads the feed: one poll a step, stored together with the feed's new state in one transaction.
///
/// Whatever dies in between, the next step polls from the stored state again; what comes twice is recognised by its id.
actor IngestWorker: Worker {
    nonisolated let name = "ingest"
    private let feed: any KillmailFeed
    private let store: KillmailStore
    private let states: FeedStateStore
    private let database: any Database
    private let clock: any WallClock
    private let logger: Logger
    private var state: FeedState?
    private var lastAlarm: FeedAlarm?

    init(feed: any KillmailFeed, store: KillmailStore, host: PluginHost) {
        self.feed = feed
        self.store = store
        states = FeedStateStore(feed: feed.name)
        database = host.database
        clock = host.clock
        logger = host.logger
    }

    func step() async throws -> NextStep {
        let current: FeedState
        if let state { current = state } else { current = try await states.load(database) }
        // Until the new state is committed, the one in memory is not to be trusted.
        state = nil
        let poll = try await feed.poll(current)
        report(poll.alarm)
        try await commit(poll, replacing: current)
        state = poll.state
        return poll.pause > .zero ? .after(poll.pause) : .immediately
    }

    private func commit(_ poll: FeedPoll, replacing current: FeedState) async throws {
        guard poll.state != current || !poll.deliveries.isEmpty || !poll.abandoned.isEmpty else { return }
        let (states, now) = (states, clock.now)
        let batch = StoreBatch(poll.deliveries, oldest: store.oldest)
        let outcome = try await store.commit(batch, source: feed.name) { transaction in
            try await states.save(poll.state, replacing: current, now: now, in: transaction)
            try await states.record(poll.abandoned, now: now, in: transaction)
        }
        count(outcome)
        for reject in batch.rejects {
            logger.warning(
                "killmail set aside",
                metadata: [
                    "sequence": "\(reject.sequence)", "killmailId": "\(reject.killmailID?.description ?? "unknown")",
                    "code": "\(reject.code)", "reason": "\(reject.message)",
                ])
        }
        logger.debug(
            "killmails stored",
            metadata: [
                "stored": "\(outcome.stored)", "duplicates": "\(outcome.duplicates)", "references": "\(outcome.references)",
                "cursor": "\(poll.state.cursor ?? 0)",
            ])
    }

    private func count(_ outcome: KillmailStore.Outcome) {
        for (result, amount) in [
            ("stored", outcome.stored), ("duplicate", outcome.duplicates), ("rejected", outcome.rejected),
            ("reference", outcome.references),
        ] where amount > 0 {
            Counter(label: "killmail_ingestion_total", dimensions: [("result", result)]).increment(by: amount)
        }
    }

    /// Says once what is wrong with the feed, and once that it is over.
    private func report(_ alarm: FeedAlarm?) {
        defer { lastAlarm = alarm }
        if let alarm, alarm.code != lastAlarm?.code {
            logger.error("the feed needs attention", metadata: ["code": "\(alarm.code.rawValue)", "reason": "\(alarm.message)"])
        } else if alarm == nil, lastAlarm != nil {
            logger.info("the feed works again")
        }
    }
}
