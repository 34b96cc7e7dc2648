import KernelAPI
import KernelPostgres
import Synchronization
import Testing

let sleepLong = Statement("t.sleep", "SELECT pg_sleep(3600)::text")

@Suite struct PoolTests {
    @Test("never more connections than the pool is wide, and everybody is served")
    func bounded() async throws {
        try await testDatabase({ $0.maximumConnections = 3 }) { database in
            let backends = try await withThrowingTaskGroup(of: Int32.self) { group in
                for _ in 0..<60 {
                    group.addTask {
                        try await database.query(Statement("t.pid", "SELECT pg_backend_pid() FROM pg_sleep(0.002)")).scalar()
                    }
                }
                return try await group.reduce(into: Set<Int32>()) { $0.insert($1) }
            }
            #expect((1...3).contains(backends.count))
            #expect(database.statistics.active == 0)
            #expect(database.statistics.waiting == 0)
            #expect(database.statistics.idle == backends.count)
        }
    }

    /// Runs `body` while the pool's only connection is taken.
    private func whileTaken(_ database: PostgresDatabase, _ body: () async throws -> Void) async throws {
        let (taken, signal) = AsyncStream.makeStream(of: Void.self)
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask {
                try await database.withSession { _ in
                    signal.finish()
                    do { try await Task.sleep(for: .seconds(60)) } catch is CancellationError {}
                }
            }
            for await _ in taken {}
            try await body()
            group.cancelAll()
            try await group.waitForAll()
        }
    }

    @Test("who waits longer than the deadline is told that the pool is exhausted")
    func deadline() async throws {
        let configure = { (configuration: inout PostgresConfiguration) in
            configuration.maximumConnections = 1
            configuration.poolWaitDeadline = .milliseconds(100)
        }
        try await testDatabase(configure) { database in
            try await whileTaken(database) {
                let begin = ContinuousClock.now
                let error = await #expect(throws: DatabaseError.self) { try await database.query(backend) }
                #expect(error?.code == .poolExhausted)
                #expect(ContinuousClock.now - begin >= .milliseconds(100))
            }
            try await database.ping()
        }
    }

    @Test("one more than may wait is refused at once")
    func waiters() async throws {
        let configure = { (configuration: inout PostgresConfiguration) in
            configuration.maximumConnections = 1
            configuration.maximumWaiters = 1
        }
        try await testDatabase(configure) { database in
            try await whileTaken(database) {
                let waiting = Task { try await database.ping() }
                let isWaiting = try await eventually { database.statistics.waiting == 1 }
                #expect(isWaiting)
                let error = await #expect(throws: DatabaseError.self) { try await database.ping() }
                #expect(error?.code == .poolExhausted)
                waiting.cancel()
                await #expect(throws: CancellationError.self) { try await waiting.value }
                #expect(database.statistics.waiting == 0)
            }
        }
    }

    private final class Served: Sendable {
        let order = Mutex<[Int]>([])
    }

    @Test("waiters are served in the order they came")
    func fairness() async throws {
        try await testDatabase({ $0.maximumConnections = 1 }) { database in
            let served = Served()
            try await withThrowingTaskGroup(of: Void.self) { group in
                try await whileTaken(database) {
                    for number in 0..<10 {
                        group.addTask {
                            try await database.withSession { _ in served.order.withLock { $0.append(number) } }
                        }
                        let isWaiting = try await eventually { database.statistics.waiting == number + 1 }
                        #expect(isWaiting)
                    }
                }
                try await group.waitForAll()
            }
            #expect(served.order.withLock { $0 } == Array(0..<10))
        }
    }

    @Test("a server that is not there is unavailable, soon, and the message names no password")
    func nobodyThere() async throws {
        let url = "postgres://someone:secret-word@127.0.0.1:1/nothing"
        let database = PostgresDatabase(configuration: try PostgresConfiguration(url: url), logger: quiet)
        let error = await #expect(throws: DatabaseError.self) { try await database.ping() }
        #expect(error?.code == .unavailable)
        #expect(error.map { "\($0)".contains("secret-word") } == false)
        await database.close()
        let closed = await #expect(throws: DatabaseError.self) { try await database.ping() }
        #expect(closed?.code == .unavailable)
    }

    @Test("tasks on the driver's own executor work, also after the driver was closed")
    func executor() async throws {
        try await testDatabase { database in
            let answer = try await withTaskExecutorPreference(database.executor) {
                try await database.query(Statement("t.one", "SELECT 1")).scalar(Int.self)
            }
            #expect(answer == 1)
            await database.close()
            let after = await withTaskExecutorPreference(database.executor) {
                await Task.yield(); return 2
            }
            #expect(after == 2)
        }
    }
}
