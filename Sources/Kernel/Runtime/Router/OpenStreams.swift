package import Foundation
import HTTPTypes
package import KernelAPI
import Metrics
import ServiceLifecycle
import Synchronization

/// Every event stream that is open on this pod, with what it takes to see whether its reader may still read it.
///
/// Who changes a right, a switch or a session says so here; the streams that lost their right end at once.
///
/// Once a minute it looks at all of them, for rights that end by themselves: sessions and keys expire without a word.
package final class OpenStreams: Service {
    /// Why the server ends a stream.
    package enum End: String, Sendable, Hashable, CaseIterable {
        /// The plugin was switched off.
        case featureDisabled = "feature_disabled"
        /// The account may no longer read it, or nobody can say whether it may.
        case rightLost = "right_lost"
        /// The pod stops; another one will answer.
        case shuttingDown = "shutting_down"
    }

    /// A stream as it is kept here.
    struct Entry: Sendable {
        let plugin: PluginName
        /// `nil`: nobody is logged in; the stream is open to everybody.
        let account: UUID?
        /// Whether its reader may still read it. Asks the authenticator anew, so it can take a query.
        let mayGoOn: @Sendable () async -> Bool
        let end: @Sendable (End) -> Void
    }

    private struct State {
        var entries: [Int: Entry] = [:]
        var streamsOfAccount: [UUID: Int] = [:]
        var next = 0
        var hasEnded = false
    }

    /// How many streams are judged anew at the same time: a change of everybody's rights is no storm on the database.
    private static let judgedAtOnce = 8

    private static let interval = Duration.seconds(60)

    private let mostPerAccount: Int
    private let clock: any Clock<Duration>
    private let state = Mutex(State())
    private let clients = Gauge(label: "sse_clients")
    private let dropped = Counter(label: "sse_dropped_total")

    /// - Parameter mostPerAccount: one more is answered with 429.
    package init(mostPerAccount: Int = 5, clock: any Clock<Duration> = ContinuousClock()) {
        self.mostPerAccount = mostPerAccount
        self.clock = clock
    }

    package func run() async throws {
        await cancelWhenGracefulShutdown { [self] in
            // Cut short by the shutdown, which then ends the loop.
            while (try? await clock.sleep(for: Self.interval, tolerance: nil)) != nil { await recheck(accounts: nil) }
        }
    }

    /// How many are open.
    package var count: Int { state.withLock { $0.entries.count } }

    /// Ends every stream of a plugin, which was switched off, or whose life ends for another reason.
    package func end(plugin: PluginName, because reason: End = .featureDisabled) {
        end(state.withLock { $0.entries.values.filter { $0.plugin == plugin } }, reason)
    }

    /// Ends every stream and lets no new one begin: the pod stops.
    package func endAll() {
        let entries = state.withLock { state in
            state.hasEnded = true
            return Array(state.entries.values)
        }
        end(entries, .shuttingDown)
    }

    /// Judges streams anew and ends those that lost their right, with their original request: the session or key must still be
    /// valid, the account not blocked, its role high enough. A right that cannot be judged, because the database does not
    /// answer, is no right.
    ///
    /// - Parameter accounts: whose; `nil` for everybody's.
    package func recheck(accounts: Set<UUID>?) async {
        let entries = state.withLock { state in
            state.entries.values.filter { entry in
                guard let accounts else { return true }
                return entry.account.map { accounts.contains($0) } ?? false
            }
        }
        await withTaskGroup(of: Void.self) { group in
            for (index, entry) in entries.enumerated() {
                if index >= Self.judgedAtOnce { await group.next() }
                group.addTask { if await !entry.mayGoOn() { entry.end(.rightLost) } }
            }
        }
    }

    private func end(_ entries: [Entry], _ reason: End) {
        for entry in entries { entry.end(reason) }
    }

    // MARK: For the dispatcher

    /// Takes a stream in.
    ///
    /// - Returns: what ``close(_:)`` takes.
    /// - Throws: 429 when the account has as many as it may, 503 when the pod stops.
    func open(_ entry: Entry) throws(Problem) -> Int {
        try state.withLock { state throws(Problem) in
            guard !state.hasEnded else { throw .shuttingDown }
            if let account = entry.account {
                guard state.streamsOfAccount[account, default: 0] < mostPerAccount else {
                    throw Problem(
                        .tooManyRequests, "too_many_streams",
                        "This account has \(mostPerAccount) streams open, and may have no more. Close one first.")
                }
                state.streamsOfAccount[account, default: 0] += 1
            }
            state.next += 1
            state.entries[state.next] = entry
            clients.record(state.entries.count)
            return state.next
        }
    }

    /// The stream has ended, whoever ended it.
    func close(_ id: Int) {
        state.withLock { state in
            guard let entry = state.entries.removeValue(forKey: id) else { return }
            clients.record(state.entries.count)
            guard let account = entry.account else { return }
            let left = state.streamsOfAccount[account, default: 1] - 1
            state.streamsOfAccount[account] = left == 0 ? nil : left
        }
    }

    /// A client did not read what was sent to it.
    func countDropped() { dropped.increment() }
}
