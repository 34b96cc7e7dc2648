import KernelAPI
import KernelPostgres
import KernelTesting
import Synchronization
import Testing

/// With the gate shut the driver waits for the network, and nothing else may wait for it.
@Suite(.serialized) struct GateTests {
    static let width = 4

    /// Runs `load` twice the pool's width times with the gate shut, and compares the ticker with one on the idle driver.
    private func expectNoBlocking(
        _ database: PostgresDatabase, _ gate: TCPGate, sourceLocation: SourceLocation = #_sourceLocation,
        load: @escaping @Sendable (PostgresDatabase) async throws -> Void
    ) async throws {
        let reference = try await PoolTicks.count(for: .seconds(1))
        gate.shut()
        let loaded = try await withThrowingTaskGroup(of: Void.self) { group in
            for _ in 0..<2 * Self.width { group.addTask { try? await load(database) } }
            let loaded = try await PoolTicks.count(for: .seconds(1))
            group.cancelAll()
            gate.open()
            return loaded
        }
        #expect(loaded.wanted == 1_000, sourceLocation: sourceLocation)
        #expect(loaded.lost < reference.lost + 0.01, "reference \(reference), loaded \(loaded)", sourceLocation: sourceLocation)
    }

    private func warm(_ database: PostgresDatabase) async throws {
        try await withThrowingTaskGroup(of: Void.self) { group in
            for _ in 0..<Self.width {
                group.addTask { try await database.query(Statement("t.warm", "SELECT pg_sleep(0.05)::text")) }
            }
            try await group.waitForAll()
        }
    }

    private func patient(_ configuration: inout PostgresConfiguration) {
        configuration.maximumConnections = Self.width
        configuration.cancelDeadline = .milliseconds(300)
    }

    @Test("queries that wait for the network block nobody")
    func queries() async throws {
        try await gatedDatabase(patient) { database, gate in
            try await warm(database)
            try await expectNoBlocking(database, gate) { try await $0.query(backend) }
        }
    }

    @Test("connecting to a server that does not answer blocks nobody")
    func connects() async throws {
        try await gatedDatabase(patient) { database, gate in
            try await expectNoBlocking(database, gate) { try await $0.query(backend) }
        }
    }

    @Test("a COPY larger than every buffer blocks nobody")
    func copies() async throws {
        try await gatedDatabase(patient) { database, gate in
            try await warm(database)
            try await database.withSession { try await $0.simple("t.create", sql: createThings) }
            var rows = CopyRows("t.copy", into: "things (id, label)")
            for id in 0..<400_000 { rows.append(Int64(id), "a label to make it long") }
            let copy = rows
            #expect(copy.bytes.count > 10_000_000)
            try await expectNoBlocking(database, gate) { database in
                _ = try await database.transaction("t.copy") { try await $0.copy(copy) }
            }
        }
    }

    @Test("a pipeline that fills both directions blocks nobody")
    func pipelines() async throws {
        try await gatedDatabase(patient) { database, gate in
            try await warm(database)
            let echo = Statement("t.echo", "SELECT $1::text")
            let text = String(repeating: "x", count: 1_000_000)
            let batch = (0..<10).map { _ in BoundStatement(echo, text) }
            try await expectNoBlocking(database, gate) { database in
                _ = try await database.pipeline(batch)
            }
        }
    }

    @Test("cancelling statements through a network that is stuck blocks nobody")
    func cancels() async throws {
        let configure = { (configuration: inout PostgresConfiguration) in
            patient(&configuration)
            configuration.statementDeadline = .milliseconds(300)
        }
        try await gatedDatabase(configure) { database, gate in
            try await warm(database)
            try await expectNoBlocking(database, gate) { database in
                let task = Task { try await database.query(backend) }
                // Cancelled from the cooperative pool once it is under way; the deadline sees to the others.
                _ = try await eventually(within: .milliseconds(100)) { database.statistics.active == Self.width }
                task.cancel()
                _ = await task.result
            }
        }
    }

    @Test("closing the driver with statements stuck in the network blocks nobody")
    func closes() async throws {
        try await gatedDatabase(patient) { database, gate in
            try await warm(database)
            let (begun, signal) = AsyncStream.makeStream(of: Void.self)
            let first = Atomic(true)
            let closing = Task {
                for await _ in begun {}
                await database.close()
            }
            try await expectNoBlocking(database, gate) { database in
                if first.exchange(false, ordering: .relaxed) { signal.finish() }
                try await database.query(backend)
            }
            await closing.value
            #expect(database.statistics.idle == 0)
        }
    }

    @Test("a COMMIT whose answer was lost is commitUnknown, a statement before it is unavailable")
    func commitUnknown() async throws {
        try await gatedDatabase { database, gate in
            try await database.withSession { try await $0.simple("t.create", sql: createThings) }
            gate.shut { packet in packet.starts(with: Array("Q".utf8)) && packet.contains(Array("COMMIT".utf8)) }
            let outcome = Task {
                try await database.transaction("t.commit") { transaction in
                    _ = try await transaction.query(insertThing, 1, "a")
                }
            }
            let isShut = try await eventually { gate.isShut }
            #expect(isShut)
            gate.cut()
            let error = await #expect(throws: DatabaseError.self) { try await outcome.value }
            #expect(error?.code == .commitUnknown)
            #expect(error?.statement == "t.commit")
            gate.open()

            let (begun, signal) = AsyncStream.makeStream(of: Void.self)
            let lost = Task {
                try await database.transaction("t.lost") { transaction in
                    _ = try await transaction.query(insertThing, 2, "b")
                    signal.finish()
                    _ = try await transaction.query(sleepLong)
                }
            }
            for await _ in begun {}
            gate.cut()
            let early = await #expect(throws: DatabaseError.self) { try await lost.value }
            #expect(early?.code == .unavailable)
            try await expectThings(0, in: database)
        }
    }
}
