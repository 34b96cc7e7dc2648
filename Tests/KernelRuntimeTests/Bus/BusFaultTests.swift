import Glibc
import KernelAPI
import KernelPostgres
import KernelRedis
import KernelTesting
import Synchronization
import Testing

@testable import KernelRuntime

/// Real pods, a real PostgreSQL and a real Redis, all of them killed while events flow.
@Suite(.serialized, .timeLimit(.minutes(15))) struct BusFaultTests {
    private enum Fault: CaseIterable { case pod, redis, postgres }

    /// Three pods, of which one dies now and then.
    private final class Cluster: Sendable {
        private let pods = Mutex<[PodProcess]>([])
        private let arguments: [String]
        private let count = Mutex(0)

        init(postgres: PrivatePostgres, redis: PrivateRedis) { arguments = [postgres.url(), redis.url()] }

        var areAllAlive: Bool { pods.withLock { $0.allSatisfy(\.isRunning) } }

        func start() async throws {
            let name = count.withLock { count in
                count += 1
                return "pod-\(count)"
            }
            let lines = Record<String>()
            let pod = try PodProcess("KernelPod", name, arguments) { line, _ in lines.add(line) }
            pods.withLock { $0.append(pod) }
            try #require(await lines.next() == "ready")
        }

        func kill(_ index: Int) { pods.withLock { $0.remove(at: index % $0.count) }.end() }

        func end() { for pod in pods.withLock({ $0 }) { pod.end() } }
    }

    private static let round = 500
    private static let rounds = 20

    @Test("10,000 events while pods, Redis and PostgreSQL are killed: no gap, each event in order, each effect once")
    func kills() async throws {
        let (postgres, redis) = (try await PrivatePostgres.start(), try await PrivateRedis.start())
        try await withDatabase(postgres.url()) { database in
            try await prepare(database)
            let cluster = Cluster(postgres: postgres, redis: redis)
            defer { cluster.end() }
            for _ in 0..<3 { try await cluster.start() }
            try await RedisFixture.withClient(of: redis.url(), isConnected: false) { client in
                // Messages are lost here: in time the next look finds what they told of.
                let follower = BusPod(database, redis: client, clock: ContinuousClock())
                let following = Task { try await follow(follower, Self.round * Self.rounds) }
                defer { following.cancel() }
                try await withThrowingTaskGroup(of: Void.self) { group in
                    group.addTask { try await follower.pump.run() }
                    for number in 0..<Self.rounds {
                        try await flow(number, database) {
                            try await strike(number, cluster: cluster, postgres: postgres, redis: redis)
                        }
                    }
                    #expect(cluster.areAllAlive, "a pod ended by itself")
                    let numbers = (1...Int64(Self.round * Self.rounds)).map { $0 }
                    let followed = try await following.value
                    #expect(followed == numbers)
                    try await check(database, numbers)
                    group.cancelAll()
                }
            }
        }
    }

    private func prepare(_ database: PostgresDatabase) async throws {
        _ = try await Migrator(groups: [], logger: silent).migrate(database)
        try await database.withSession {
            try await $0.simple(
                "test.prepare",
                sql: """
                    CREATE SCHEMA tally;
                    CREATE TABLE tally.todo (value bigint PRIMARY KEY);
                    CREATE TABLE tally.effect (place bigserial PRIMARY KEY, number bigint NOT NULL, value bigint NOT NULL);
                    """)
        }
    }

    /// Gives the pods a round of work, strikes when it has begun, and waits until its effects are there.
    private func flow(_ number: Int, _ database: PostgresDatabase, _ strike: () async throws -> Void) async throws {
        let (first, last) = (number * Self.round + 1, (number + 1) * Self.round)
        try await database.query(Self.insertWork, first, last)
        try await until { try await effects(database) >= first }
        try await strike()
        // The server may be on its way up.
        try await until { (try? await effects(database)) ?? 0 >= last }
    }

    private func strike(_ number: Int, cluster: Cluster, postgres: PrivatePostgres, redis: PrivateRedis) async throws {
        switch Fault.allCases[number % 3] {
        case .pod:
            cluster.kill(number)
            try await cluster.start()
        case .redis:
            try await redis.kill()
            // Every other time it stays away until PostgreSQL has been killed, too.
            if number % 2 == 0 { try await redis.startAgain() }
        case .postgres:
            try await postgres.kill()
            try await postgres.startAgain()
            if number % 2 == 0 { try await redis.startAgain() }
        }
    }

    private func follow(_ pod: BusPod, _ count: Int) async throws -> [Int64] {
        let subscription = try await pod.bus.subscribe(to: ["tally.counted"], after: 0, capacity: 20_000)
        var numbers: [Int64] = []
        for await delivery in subscription {
            guard case .event(let event) = delivery else { continue }
            numbers.append(event.number)
            if numbers.count == count { break }
        }
        return numbers
    }

    private func effects(_ database: PostgresDatabase) async throws -> Int {
        try await database.query(Self.countEffects).scalar()
    }

    private func check(_ database: PostgresDatabase, _ numbers: [Int64]) async throws {
        let effects = try await database.query(Self.listEffects).map { row in
            var columns = row.columns
            return (number: try columns.next(Int64.self), value: try columns.next(Int64.self))
        }
        #expect(effects.map(\.number) == numbers)
        #expect(effects.map(\.value).sorted() == numbers)
        let events = try await BusStore(database: database).events(of: ["tally.counted"], after: 0, through: .max, limit: 100_000)
        #expect(events.events.map(\.number) == numbers)
    }

    private static let insertWork = Statement("test.insert_work", "INSERT INTO tally.todo SELECT generate_series($1::bigint, $2)")
    private static let countEffects = Statement("test.count_effects", "SELECT count(*) FROM tally.effect")
    private static let listEffects = Statement("test.list_effects", "SELECT number, value FROM tally.effect ORDER BY place")
}
