import KernelAPI
import KernelPostgres
import Testing

@Suite struct CancellationTests {
    private func isRunning(_ database: PostgresDatabase) async throws -> Bool {
        let statement = Statement(
            "t.running",
            """
            SELECT count(*) FROM pg_stat_activity
            WHERE state = 'active' AND query LIKE 'SELECT pg_sleep(30)%' AND datname = current_database()
            """)
        return try await database.query(statement).scalar(Int.self) > 0
    }

    @Test("cancelling the task cancels the statement on the server, and the connection is used again")
    func cancel() async throws {
        try await testDatabase({ $0.maximumConnections = 2 }) { database in
            let task = Task { try await database.query(sleepLong) }
            let runs = try await eventually { try await isRunning(database) }
            #expect(runs)
            task.cancel()
            let begin = ContinuousClock.now
            await #expect(throws: CancellationError.self) { try await task.value }
            #expect(ContinuousClock.now - begin < .seconds(5))
            let runsStill = try await isRunning(database)
            #expect(!runsStill)
            #expect(database.statistics.idle == 2)
        }
    }

    @Test("a statement that runs into its deadline is cancelled on the server and says which one it was")
    func deadline() async throws {
        let configure = { (configuration: inout PostgresConfiguration) in
            configuration.maximumConnections = 1
            configuration.statementDeadline = .milliseconds(200)
        }
        try await testDatabase(configure) { database in
            try await database.ping()
            let begin = ContinuousClock.now
            let error = await #expect(throws: DatabaseError.self) { try await database.query(sleepLong) }
            #expect(ContinuousClock.now - begin < .seconds(25))
            #expect(error?.code == .timeout)
            #expect(error?.statement == "t.sleep")
            #expect(database.statistics.idle == 1)
            try await database.ping()
        }
    }

    @Test("a statement that was cancelled before it was sent is not sent")
    func early() async throws {
        try await thingsDatabase { database in
            let task = Task {
                withUnsafeCurrentTask { $0?.cancel() }
                try await database.query(insertThing, 1, "a")
            }
            await #expect(throws: CancellationError.self) { try await task.value }
            try await expectThings(0, in: database)
        }
    }
}
