import Foundation
import KernelAPI
import KernelPostgres
import KernelRedis
import Logging
import ServiceLifecycle

/// Numbers what waits in the outbox, reads what was numbered (here or elsewhere), and hands it on; all in one loop, so that
/// this pod's subscribers get this pod's events at once, and never before they have their number.
///
/// Who published on this pod wakes the loop when the transaction has committed. Other pods are told that there is something to
/// read by Redis, or by NOTIFY while Redis is away, once a batch; and every second everybody looks, for what a pod that died
/// between its commit and its numbering has left.
final class EventPump: Service {
    private static let interval = Duration.seconds(1)
    /// What followers can ask for again.
    static let keptTime: TimeInterval = 48 * 3600
    static let keptEvents = 1_000_000
    private static let pruneInterval = Duration.seconds(60)

    private let store: BusStore
    private let hub: EventHub
    private let database: PostgresDatabase
    private let redis: RedisClient?
    private let wallClock: any WallClock
    private let clock: any Clock<Duration>
    private let logger: Logger
    private let wake = WakeSignal()

    init(
        store: BusStore, hub: EventHub, database: PostgresDatabase, redis: RedisClient?, wallClock: any WallClock, logger: Logger,
        clock: any Clock<Duration> = ContinuousClock()
    ) {
        self.store = store
        self.hub = hub
        self.database = database
        self.redis = redis
        self.wallClock = wallClock
        self.logger = logger
        self.clock = clock
    }

    /// There may be something to number or to read.
    func look() { wake.signal() }

    func run() async throws {
        await cancelWhenGracefulShutdown { [self] in
            await withTaskGroup(of: Void.self) { group in
                group.addTask { for await _ in self.database.listen(BusStore.channel) { self.look() } }
                if let redis {
                    group.addTask { for await _ in redis.subscribe(to: [BusStore.channel]) { self.look() } }
                }
                group.addTask { await self.prune() }
                await pump()
                group.cancelAll()
            }
        }
        hub.end()
    }

    private func pump() async {
        var isAway = false
        while !Task.isCancelled {
            do {
                let isBusy = try await step()
                if isAway { logger.info("the bus goes on") }
                isAway = false
                if isBusy { continue }
            } catch is CancellationError {
                return
            } catch {
                if !isAway { logger.error("the bus stands still", metadata: ["error": "\(error)"]) }
                isAway = true
                // Otherwise every event of a burst would try again at once.
                try? await clock.sleep(for: Self.interval / 4, tolerance: nil)
            }
            await wake.wait(atMost: Self.interval, clock: clock)
        }
    }

    /// Numbers a batch and hands on a batch.
    ///
    /// - Returns: whether there may be more at once.
    func step() async throws -> Bool {
        guard let position = hub.position else {
            hub.begin(after: try await store.bounds().last)
            return true
        }
        let byRedis = redis?.isConnected ?? false
        let numbered = try await store.number(notifies: !byRedis)
        if numbered > 0, byRedis { await announce() }
        let events = try await store.events(after: position)
        hub.hand(events)
        return numbered == BusStore.batch || events.count == BusStore.batch
    }

    private func announce() async {
        do {
            _ = try await redis?.send(RedisCommand("PUBLISH", .text(BusStore.channel), .text("")))
        } catch {
            // Redis went in this moment. The others look within a second, whatever they hear.
            logger.debug("the bus could not announce by Redis", metadata: ["error": "\(error)"])
        }
    }

    private func prune() async {
        while !Task.isCancelled {
            do {
                let now = wallClock.now
                let isDone = try await !store.prune(
                    olderThan: now.addingTimeInterval(-Self.keptTime), keeping: Self.keptEvents, now: now)
                if isDone { try await clock.sleep(for: Self.pruneInterval, tolerance: nil) }
            } catch {
                logger.debug("events were not pruned", metadata: ["error": "\(error)"])
                try? await clock.sleep(for: Self.pruneInterval, tolerance: nil)
            }
        }
    }
}
