import Foundation
import KernelAPI
import KernelPostgres
import KernelRedis
import KernelTesting

@testable import KernelRuntime

/// A number on the test's topic.
struct Tally: TopicPayload, Codable, Equatable {
    let value: Int
}

let tallied = Topic<Tally>("test.tallied")
let whispered = Topic<Tally>("test.whispered")

/// One pod's part of the bus, on the test's database. Nothing moves by itself: a test takes a step, or runs the pump.
struct BusPod: Sendable {
    let database: PostgresDatabase
    let store: BusStore
    let hub = EventHub()
    let pump: EventPump
    let bus: EventBus
    let clock: any Clock<Duration>
    let wall: ManualClock

    /// - Parameter clock: one that stands still unless told otherwise, so that nothing happens because of the time.
    init(
        _ database: PostgresDatabase, redis: RedisClient? = nil, wall: ManualClock = ManualClock(),
        clock: any Clock<Duration> = TestClock()
    ) {
        self.clock = clock
        self.database = database
        self.wall = wall
        store = BusStore(database: database)
        pump = EventPump(
            store: store, hub: hub, database: database, redis: redis, wallClock: wall, logger: silent, clock: clock)
        bus = EventBus(plugin: "test", store: store, hub: hub, pump: pump, clock: wall)
    }

    static func run(_ body: @Sendable (BusPod) async throws -> Void) async throws {
        try await kernelDatabase { database, _ in try await body(BusPod(database)) }
    }

    func publish(_ values: some Sequence<Int>, _ topic: Topic<Tally> = tallied) async throws {
        let tallies = values.map { Tally(value: $0) }
        try await database.transaction("test.publish") { try await bus.publish(topic, tallies, in: $0) }
    }

    /// Numbers and hands on everything that waits.
    func settle() async throws { while try await pump.step() {} }

    /// Runs the pumps until `body` returns.
    static func running(_ pods: BusPod..., body: () async throws -> Void) async throws {
        try await withThrowingTaskGroup(of: Void.self) { group in
            for pod in pods { group.addTask { try await pod.pump.run() } }
            defer { group.cancelAll() }
            try await body()
        }
    }

    func consumption(_ consumer: any EventConsumer) -> Consumption {
        Consumption(consumer: consumer, label: "test.\(consumer.name)", database: database, clock: wall, logger: silent)
    }

    /// Everything that has a number.
    func numbered() async throws -> [(number: Int64, value: Int)] {
        try await store.events(of: ["test.tallied", "test.whispered"], after: 0, through: .max, limit: 100_000).events.map {
            ($0.number, try Tally(encoded: $0.payload).value)
        }
    }
}

extension BusSubscription.AsyncIterator {
    /// The values of the next so many events; fewer when it ends or loses some.
    mutating func values(_ count: Int) async throws -> [Int] {
        var values: [Int] = []
        while values.count < count, case .event(let event)? = await next() {
            values.append(try Tally(encoded: event.payload).value)
        }
        return values
    }
}
