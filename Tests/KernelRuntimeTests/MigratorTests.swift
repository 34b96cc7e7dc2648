import KernelAPI
import KernelPostgres
import KernelTesting
import Testing

@testable import KernelRuntime

@Suite struct MigratorTests {
    private static let ships = Migration("m0001_ships", "CREATE TABLE ship (id bigint)")
    private static let names = Migration("m0002_names", "ALTER TABLE ship ADD name text; -- the last line is a comment")

    private func migrator(_ migrations: Migration...) -> Migrator {
        Migrator(groups: [.init(name: "two-words", migrations: migrations)], logger: silent)
    }

    private func empty(_ body: @Sendable (PostgresDatabase, _ name: String) async throws -> Void) async throws {
        let url = try await PostgresFixture.shared.database()
        try await withDatabase(url) { try await body($0, databaseName(url)) }
    }

    @Test("Missing steps are applied in order, in the plugin's schema, once")
    func applies() async throws {
        try await empty { database, name in
            let migrator = migrator(Self.ships, Self.names)
            #expect(try await migrator.pending(database).count == KernelMigrations.all.count + 2)
            let applied = try await migrator.migrate(database)
            #expect(applied.suffix(2) == ["two-words/m0001_ships", "two-words/m0002_names"] && applied[0].hasPrefix("kernel/"))
            #expect(try await migrator.migrate(database) == [])
            #expect(try await migrator.pending(database) == [])
            #expect(
                try await PostgresFixture.shared.psql("SELECT id, name FROM two_words.ship", database: name) == "")
        }
    }

    @Test("A step whose text changed after it was applied is refused")
    func changed() async throws {
        try await empty { database, _ in
            try await migrator(Self.ships).migrate(database)
            let changed = migrator(Migration("m0001_ships", "CREATE TABLE ship (id integer)"))
            let error = await #expect(throws: SchemaMismatch.self) { try await changed.migrate(database) }
            #expect(error?.description.contains("two-words/m0001_ships was applied with another text") == true)
            await #expect(throws: SchemaMismatch.self) { try await changed.pending(database) }
        }
    }

    @Test("A database that is newer than the program is refused; other plugins' steps are none of its business")
    func newer() async throws {
        try await empty { database, _ in
            try await migrator(Self.ships, Self.names).migrate(database)
            let error = await #expect(throws: SchemaMismatch.self) { try await migrator(Self.ships).pending(database) }
            #expect(error?.description.contains("two-words/m0002_names") == true)
            #expect(try await Migrator(groups: [], logger: silent).pending(database) == [])
        }
    }

    @Test("A failing step is undone wholly and named; steps before it stay")
    func failing() async throws {
        try await empty { database, name in
            let broken = Migration("m0002_broken", "CREATE TABLE half (id bigint); SELECT 1/0")
            let error = await #expect(throws: DatabaseError.self) { try await migrator(Self.ships, broken).migrate(database) }
            #expect(error?.sqlState == "22012")
            #expect(error?.message.hasPrefix("migration two-words/m0002_broken failed and was undone: ") == true)
            let tables = try await PostgresFixture.shared.psql(
                "SELECT to_regclass('two_words.half') IS NULL, to_regclass('two_words.ship') IS NULL", database: name)
            #expect(tables == "t|f\n")
            // The lock is free and the next program goes on where this one stopped.
            #expect(try await migrator(Self.ships, Self.names).migrate(database) == ["two-words/m0002_names"])
        }
    }

    @Test("Of two programs at once one applies and the other finds nothing left, however short the statements' deadline is")
    func twoAtOnce() async throws {
        let url = try await PostgresFixture.shared.database()
        var configuration = try PostgresConfiguration(url: url)
        configuration.statementDeadline = .milliseconds(100)
        let database = PostgresDatabase(configuration: configuration, logger: silent)
        let migrator = migrator(Self.ships, Migration("m0002_slow", "SELECT pg_sleep(0.3)"))
        async let first = migrator.migrate(database)
        async let second = migrator.migrate(database)
        let counts = try await [first.count, second.count].sorted()
        #expect(counts == [0, KernelMigrations.all.count + 2])
        await database.close()
    }
}

@Suite struct PostgresQueueTests {
    private struct Abort: Error {}
    private let queue = PostgresQueue(name: "test.ships")

    @Test("A push is seen when its transaction commits, and never when it is rolled back; other queues see nothing")
    func visibility() async throws {
        try await kernelDatabase { database, _ in
            await #expect(throws: Abort.self) {
                try await database.transaction("t.push") { transaction in
                    try await queue.push([1], in: transaction)
                    throw Abort()
                }
            }
            try await database.transaction("t.push") { try await queue.push([2, 3], in: $0) }
            let other = try await database.transaction("t.take") { try await PostgresQueue(name: "x").take(atMost: 9, in: $0) }
            #expect(other == [])
            #expect(Set(try await database.transaction("t.take") { try await queue.take(atMost: 9, in: $0) }) == [2, 3])
            #expect(try await database.transaction("t.take") { try await queue.take(atMost: 9, in: $0) } == [])
        }
    }

    @Test("Two takers at once get different keys without waiting; what the one drops comes back")
    func skipLocked() async throws {
        try await kernelDatabase { database, _ in
            try await database.transaction("t.push") { try await queue.push([1, 2, 3], in: $0) }
            await #expect(throws: Abort.self) {
                try await database.transaction("t.take") { transaction in
                    #expect(try await queue.take(atMost: 2, in: transaction).sorted() == [1, 2])
                    #expect(try await database.transaction("t.other") { try await queue.take(atMost: 9, in: $0) } == [3])
                    throw Abort()
                }
            }
            #expect(try await database.transaction("t.take") { try await queue.take(atMost: 9, in: $0) }.sorted() == [1, 2])
        }
    }

    @Test("A listener wakes after the commit, and everybody once it hears again after a lost connection")
    func listener() async throws {
        try await kernelDatabase { database, url in
            let (wake, other) = (WakeSignal(), WakeSignal())
            let board = WakeBoard()
            board.add(wake, for: [queue.name])
            board.add(other, for: ["test.other"])
            let listener = QueueListener(database: database, board: board, logger: silent)
            try await withThrowingTaskGroup(of: Void.self) { group in
                group.addTask { try await listener.run() }
                // LISTEN is in force: everybody looks once.
                await wake.wait()
                await other.wait()
                try await database.transaction("t.push") { try await queue.push([1], in: $0) }
                await wake.wait()
                try await PostgresFixture.shared.psql(
                    """
                    SELECT pg_terminate_backend(pid) FROM pg_stat_activity
                    WHERE datname = '\(databaseName(url))' AND query LIKE '%LISTEN%' AND pid <> pg_backend_pid()
                    """)
                await wake.wait()
                await other.wait()
                group.cancelAll()
            }
        }
    }
}
