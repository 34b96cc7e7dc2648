import KernelAPI
import KernelPostgres
import KernelTesting
import Testing

@Suite(.timeLimit(.minutes(10))) struct CancellationTests {
    private func isRunning(_ database: PostgresDatabase) async throws -> Bool { try await sleeperState(database) == "active" }

    /// What the server says of the backend that ran ``sleepLong``; `nil` once that runs something else.
    private func sleeperState(_ database: PostgresDatabase) async throws -> String? {
        let statement = Statement(
            "t.sleeper",
            "SELECT state FROM pg_stat_activity WHERE query LIKE 'SELECT pg_sleep(3600)%' AND datname = current_database()")
        return try await database.query(statement).first?.decode(0)
    }

    @Test("cancelling the task cancels the statement on the server, and the connection is used again")
    func cancel() async throws {
        try await testDatabase({ $0.maximumConnections = 2 }) { database in
            let task = Task { try await database.query(sleepLong) }
            let runs = try await eventually { try await isRunning(database) }
            #expect(runs)
            task.cancel()
            await #expect(throws: CancellationError.self) { try await task.value }
            // Idle, or already at work for the next statement; uncancelled it would sleep for an hour.
            try await until { try await !isRunning(database) }
            #expect(database.statistics.idle == 2)
        }
    }

    @Test("a statement that runs into its deadline is cancelled on the server and says which one it was")
    func deadline() async throws {
        let configure = { (configuration: inout PostgresConfiguration) in
            configuration.maximumConnections = 1
            configuration.statementDeadline = .seconds(1)
        }
        try await testDatabase(configure) { database in
            let error = await #expect(throws: DatabaseError.self) { try await database.query(sleepLong) }
            #expect(error?.code == .timeout)
            #expect(error?.statement == "t.sleep")
            #expect(database.statistics.idle == 1)
            // Seen from a connection without that deadline: nothing sleeps on, and it is the same connection that goes on.
            var patient = database.configuration
            patient.statementDeadline = nil
            let observer = PostgresDatabase(configuration: patient, logger: quiet)
            try await until { try await sleeperState(observer) == "idle" }
            await observer.close()
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
