import KernelAPI
import KernelPostgres
import Testing

let createThings = "CREATE TABLE things (id int8 PRIMARY KEY, label text)"
let insertThing = Statement("t.insert", "INSERT INTO things (id, label) VALUES ($1, $2)")
let countThings = Statement("t.count", "SELECT count(*) FROM things")

func thingsDatabase(
    _ configure: (inout PostgresConfiguration) -> Void = { _ in }, _ body: (PostgresDatabase) async throws -> Void
) async throws {
    try await testDatabase(configure) { database in
        try await database.withSession { try await $0.simple("t.create", sql: createThings) }
        try await body(database)
    }
}

func expectThings(
    _ expected: Int, in database: PostgresDatabase, sourceLocation: SourceLocation = #_sourceLocation
) async throws {
    let count: Int = try await database.query(countThings).scalar()
    #expect(count == expected, sourceLocation: sourceLocation)
}

@Suite struct TransactionTests {
    struct Refusal: Error {}

    @Test("a transaction commits what it did, and returns its result")
    func commits() async throws {
        try await thingsDatabase { database in
            let result = try await database.transaction("t.commit") { transaction in
                try await transaction.query(insertThing, 1, "a")
                let batch = [BoundStatement(insertThing, 2, "b"), BoundStatement(countThings)]
                return try await transaction.pipeline(batch)[1].scalar(Int.self)
            }
            #expect(result == 2)
            try await expectThings(2, in: database)
        }
    }

    @Test("a transaction that throws is rolled back, and its connection is used again")
    func rollsBack() async throws {
        try await thingsDatabase({ $0.maximumConnections = 1 }) { database in
            let before: Int32 = try await database.query(backend).scalar()
            await #expect(throws: Refusal.self) {
                try await database.transaction("t.throw") { transaction in
                    try await transaction.query(insertThing, 1, "a")
                    throw Refusal()
                }
            }
            try await expectThings(0, in: database)
            let after: Int32 = try await database.query(backend).scalar()
            #expect(after == before)
        }
    }

    @Test("a transaction whose task is cancelled is rolled back even when its body swallows the cancellation")
    func rollsBackOnCancel() async throws {
        try await thingsDatabase { database in
            let (started, signal) = AsyncStream.makeStream(of: Void.self)
            await withTaskGroup(of: Void.self) { group in
                group.addTask {
                    await #expect(throws: CancellationError.self) {
                        try await database.transaction("t.cancel") { transaction in
                            try await transaction.query(insertThing, 1, "a")
                            signal.finish()
                            _ = try? await transaction.query(Statement("t.sleep", "SELECT pg_sleep(30)::text"))
                        }
                    }
                }
                for await _ in started {}
                group.cancelAll()
            }
            try await expectThings(0, in: database)
        }
    }

    @Test("a swallowed error does not turn COMMIT into a silent rollback: the transaction throws it")
    func swallowedError() async throws {
        try await thingsDatabase { database in
            let error = await #expect(throws: DatabaseError.self) {
                try await database.transaction("t.swallow") { transaction in
                    try await transaction.query(insertThing, 1, "a")
                    _ = try? await transaction.query(insertThing, 1, "again")
                }
            }
            #expect(error?.sqlState == "23505")
            #expect(error?.statement == "t.insert")
            #expect(error?.constraint == "things_pkey")
            try await expectThings(0, in: database)
        }
    }

    @Test("the isolation level is the one asked for")
    func isolation() async throws {
        try await thingsDatabase { database in
            let level = try await database.transaction("t.level", isolation: .serializable) { transaction in
                try await transaction.query(Statement("t.level", "SHOW transaction_isolation")).scalar(String.self)
            }
            #expect(level == "serializable")
        }
    }

    @Test("a transaction without a statement sends nothing, one used after its end is refused")
    func lifetime() async throws {
        try await thingsDatabase { database in
            let escaped = try await database.transaction("t.empty") { $0 }
            let error = await #expect(throws: DatabaseError.self) { try await escaped.query(countThings) }
            #expect(error?.code == .protocolViolation)
        }
    }
}

let backend = Statement("t.backend", "SELECT pg_backend_pid()")
