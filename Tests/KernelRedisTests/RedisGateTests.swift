import KernelTesting
import Testing

@testable import KernelRedis

/// With the gate shut the client waits for the network, and nothing else may wait for it.
@Suite(.serialized) struct RedisGateTests {
    /// Runs `body` with a client that reaches its server through a gate.
    private func gated(
        _ configure: (inout RedisConfiguration) -> Void = { _ in }, isConnected: Bool = true,
        _ body: (RedisClient, TCPGate) async throws -> Void
    ) async throws {
        let server = try await PrivateRedis.start(network: .tcp)
        let gate = try TCPGate(to: server.port)
        defer { gate.stop() }
        if !isConnected { gate.shut() }
        try await RedisFixture.withClient(of: server.networkURL(port: gate.port), isConnected: isConnected, configure) {
            try await body($0, gate)
        }
    }

    /// Runs `load` many times with the gate shut, and compares the cooperative pool with that of an idle client.
    private func expectNoBlocking(
        _ client: RedisClient, _ gate: TCPGate, tasks: Int = 16, sourceLocation: SourceLocation = #_sourceLocation,
        load: @escaping @Sendable (RedisClient) async throws -> Void
    ) async throws {
        let reference = try await PoolTicks.count(for: .seconds(1))
        gate.shut()
        let loaded = try await withThrowingTaskGroup(of: Void.self) { group in
            for _ in 0..<tasks { group.addTask { try? await load(client) } }
            let loaded = try await PoolTicks.count(for: .seconds(1))
            group.cancelAll()
            gate.open()
            return loaded
        }
        #expect(loaded.wanted == 1_000, sourceLocation: sourceLocation)
        #expect(loaded.lost < reference.lost + 0.01, "reference \(reference), loaded \(loaded)", sourceLocation: sourceLocation)
    }

    @Test("commands that wait for the network block nobody")
    func commands() async throws {
        try await gated { client, gate in
            try await expectNoBlocking(client, gate) { try await $0.ping() }
        }
    }

    @Test("more bytes than every buffer holds block nobody")
    func largeCommands() async throws {
        try await gated { client, gate in
            // In portions and made once: copying is work, not waiting.
            let large = RedisCommand("SET", "k", .bytes([UInt8](repeating: 7, count: 1_000_000)))
            try await expectNoBlocking(client, gate, tasks: 12) { _ = try await $0.send(large) }
        }
    }

    @Test("connecting to a server that does not answer blocks nobody, and commands fail at once")
    func connects() async throws {
        try await gated({ $0.connectDeadline = .milliseconds(200) }, isConnected: false) { client, gate in
            try await expectNoBlocking(client, gate) { client in
                for _ in 0..<50 { #expect(await client.failure()?.code == .unavailable) }
                try await client.waitUntilConnected()
            }
        }
    }

    @Test("deadlines that pass one after the other block nobody")
    func deadlines() async throws {
        try await gated {
            $0.commandDeadline = .milliseconds(50)
            $0.connectDeadline = .milliseconds(50)
        } _: { client, gate in
            try await expectNoBlocking(client, gate) { client in
                while !Task.isCancelled {
                    _ = await client.failure()
                    try await Task.sleep(for: .milliseconds(1))
                }
            }
        }
    }

    @Test("subscriptions to a server that does not answer block nobody")
    func subscriptions() async throws {
        try await gated { client, gate in
            try await expectNoBlocking(client, gate) { client in
                for await _ in client.subscribe(to: ["c"]) {}
            }
        }
    }

    @Test("closing the client with commands stuck in the network blocks nobody")
    func closes() async throws {
        try await gated { client, gate in
            let configuration = client.configuration
            try await expectNoBlocking(client, gate) { _ in
                let other = RedisClient(configuration: configuration, logger: TestKernel.silent)
                let running = Task { try await other.run() }
                _ = await other.failure()
                running.cancel()
                try await running.value
            }
        }
    }

    @Test("a connection that is cut under a command is lost; a command before it was sent is unavailable")
    func cut() async throws {
        try await gated { client, gate in
            gate.shut { String(decoding: $0, as: UTF8.self).contains("INCR") }
            let sent = Task { await client.failure(of: RedisCommand("INCR", "k")) }
            #expect(try await eventually { gate.isShut })
            gate.cut()
            #expect(await sent.value?.code == .connectionLost)
            #expect(await client.failure(of: RedisCommand("INCR", "k"))?.code == .unavailable)
            gate.open()
            try await client.waitUntilConnected()
            #expect(try await client.send(RedisCommand("INCR", "k")) == .integer(1))
        }
    }
}
