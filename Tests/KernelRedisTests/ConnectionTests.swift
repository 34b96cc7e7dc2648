import KernelTesting
import Logging
import Testing

@testable import KernelRedis

@Suite("Connection") struct ConnectionTests {
    @Test("a database of the URL is selected")
    func database() async throws {
        let server = try await PrivateRedis.start()
        try await RedisFixture.withClient(of: server.url(database: 9)) { nine in
            _ = try await nine.send(RedisCommand("SET", "k", "v"))
            #expect(try await nine.send(RedisCommand("DBSIZE")) == .integer(1))
            #expect(try await nine.text(RedisCommand("CLIENT INFO"))?.contains(" name=battlescope ") == true)
        }
        try await RedisFixture.withClient(of: server.url()) { zero in
            let size = try await zero.send(RedisCommand("DBSIZE"))
            #expect(size == .integer(0))
        }
    }

    @Test("a password is asked for: right, wrong, missing, of another user")
    func passwords() async throws {
        let server = try await PrivateRedis.start(network: .tcp, asksForPassword: true)
        try await RedisFixture.withClient(of: server.networkURL()) { client in
            try await client.ping()
            _ = try await client.send(RedisCommand("ACL SETUSER", "fc", "on", ">warp to me", "~*", "+@all"))
        }
        try await RedisFixture.withClient(of: "redis://fc:warp%20to%20me@127.0.0.1:\(server.port)") { client in
            let user = try await client.text(RedisCommand("ACL WHOAMI"))
            #expect(user == "fc")
        }
        let log = LogRecorder()
        let wrong = "redis://:wrong-secret@127.0.0.1:\(server.port)"
        try await RedisFixture.withClient(of: wrong, logger: log.logger, isConnected: false) { client in
            let error = try await RedisError.ofConnecting(client, "WRONGPASS")
            #expect(error?.code == .unavailable && error?.message.hasPrefix("WRONGPASS ") == true)
            #expect(!client.isConnected)
            // Several attempts, one warning.
            #expect(try await eventually { log.entries.count >= 3 })
        }
        #expect(log.messages(.warning) == ["redis is not reachable"])
        #expect(log.entries.allSatisfy { !"\($0)".contains("wrong-secret") })
        try await RedisFixture.withClient(of: "redis://127.0.0.1:\(server.port)", isConnected: false) { client in
            let error = try await RedisError.ofConnecting(client, "NOAUTH")
            #expect(error?.code == .unavailable)
        }
    }

    @Test("without a server commands fail at once, saying why")
    func away() async throws {
        try await RedisFixture.withClient(of: "redis+unix:///nonexistent/redis.sock", isConnected: false) { client in
            let error = try await RedisError.ofConnecting(client, nil)
            #expect(error?.code == .unavailable && error?.message.hasPrefix("cannot connect: ") == true)
            #expect(error?.isTransient == true)
        }
    }

    @Test("a server that is killed: what was under way is lost, what follows fails at once, and then it is back")
    func killed() async throws {
        let server = try await PrivateRedis.start()
        let log = LogRecorder()
        try await RedisFixture.withClient(of: server.url(), logger: log.logger) { client in
            try await server.pause()
            let underWay = (0..<100).map { _ in Task { await client.failure() } }
            #expect(try await eventually { client.commandsInFlight == 100 })
            try await server.kill()
            // On a busy machine they may not even have been sent.
            for task in underWay { #expect([.connectionLost, .unavailable].contains(await task.value?.code)) }
            #expect(await client.failure()?.code == .unavailable)
            try await server.startAgain()
            try await client.waitUntilConnected()
            try await client.ping()
            #expect(client.isConnected)
        }
        #expect(log.messages(.warning) == ["redis is not reachable"])
        #expect(log.messages(.notice) == ["redis is connected"])
    }

    @Test("killed again and again under load, every command ends, and the client comes back each time")
    func killedUnderLoad() async throws {
        let server = try await PrivateRedis.start()
        try await RedisFixture.withClient(of: server.url()) { client in
            let load = Task {
                var (answered, failed) = (0, 0)
                while !Task.isCancelled {
                    await withTaskGroup(of: Bool.self) { group in
                        for number in 0..<50 {
                            group.addTask { await client.failure(of: RedisCommand("SET", "k", .integer(number))) == nil }
                        }
                        for await isAnswered in group { if isAnswered { answered += 1 } else { failed += 1 } }
                    }
                    if !client.isConnected { try? await client.waitUntilConnected() }
                }
                return (answered, failed)
            }
            for _ in 0..<5 {
                try await server.kill()
                #expect(try await eventually { !client.isConnected })
                try await server.startAgain()
                try await client.waitUntilConnected()
            }
            load.cancel()
            let (answered, _) = await load.value
            #expect(answered > 0)
            #expect(try await eventually { client.commandsInFlight == 0 })
        }
    }

    @Test("a server that hangs costs one deadline, not one for each command")
    func hangs() async throws {
        let server = try await PrivateRedis.start()
        try await RedisFixture.withClient(of: server.url()) {
            $0.commandDeadline = .milliseconds(300)
            $0.connectDeadline = .milliseconds(300)
        } _: { client in
            try await server.pause()
            let outcomes = await withTaskGroup(of: RedisError.Code?.self) { group in
                for _ in 0..<20 { group.addTask { await client.failure()?.code } }
                return await group.reduce(into: [RedisError.Code?: Int]()) { $0[$1, default: 0] += 1 }
            }
            #expect((outcomes[.timeout] ?? 0) > 0)
            // Now it is known: nobody waits any more, whatever the number.
            #expect(try await eventually { await client.failure()?.code == .unavailable })
            for _ in 0..<1_000 { #expect(await client.failure()?.code == .unavailable) }
            try await server.resume()
            try await client.waitUntilConnected()
            #expect(try await eventually { await client.failure() == nil })
        }
    }

    @Test("as many commands as allowed wait for answers; one more is refused")
    func boundedCommands() async throws {
        let server = try await PrivateRedis.start()
        try await RedisFixture.withClient(of: server.url()) {
            $0.maximumCommandsInFlight = 10
        } _: { client in
            try await server.pause()
            let waiting = (0..<10).map { _ in Task { await client.failure() } }
            #expect(try await eventually { client.commandsInFlight == 10 })
            #expect(await client.failure()?.code == .overloaded)
            #expect(client.commandsInFlight == 10)
            try await server.resume()
            for task in waiting { #expect(await task.value == nil) }
            try await client.ping()
        }
    }

    @Test("as many bytes as allowed wait for answers; a command beyond its own limit is never sent")
    func boundedBytes() async throws {
        let server = try await PrivateRedis.start()
        try await RedisFixture.withClient(of: server.url()) {
            $0.maximumBytesInFlight = 10_000
            $0.maximumCommandBytes = 5_000
        } _: { client in
            #expect(
                await client.failure(of: RedisCommand("ECHO", .bytes([UInt8](repeating: 1, count: 5_001))))?.code == .tooLarge)
            try await server.pause()
            let large = RedisCommand("ECHO", .bytes([UInt8](repeating: 1, count: 4_000)))
            let waiting = (0..<2).map { _ in Task { await client.failure(of: large) } }
            #expect(try await eventually { client.commandsInFlight == 2 })
            #expect(await client.failure(of: large)?.code == .overloaded)
            try await server.resume()
            for task in waiting { #expect(await task.value == nil) }
            #expect(await client.failure(of: large) == nil)
        }
    }

    @Test("a reply beyond the limit ends the connection, and the client comes back")
    func hugeReply() async throws {
        try await RedisFixture.withClient {
            $0.maximumReplyBytes = 10_000
        } _: { client, prefix in
            _ = try await client.send(RedisCommand("SETRANGE", "\(prefix)k", 20_000, "x"))
            #expect(await client.failure(of: RedisCommand("GET", "\(prefix)k"))?.code == .tooLarge)
            try await client.waitUntilConnected()
            #expect(try await eventually { await client.failure() == nil })
        }
    }

    @Test("a cancelled task stops waiting at once; its command keeps its place, and others get their own answers")
    func cancelled() async throws {
        let server = try await PrivateRedis.start()
        try await RedisFixture.withClient(of: server.url()) { client in
            try await server.pause()
            let cancelled = Task { try await client.send(RedisCommand("INCR", "k")) }
            #expect(try await eventually { client.commandsInFlight == 1 })
            let next = Task { try await client.send(RedisCommand("INCR", "k")) }
            #expect(try await eventually { client.commandsInFlight == 2 })
            cancelled.cancel()
            await #expect(throws: CancellationError.self) { try await cancelled.value }
            try await server.resume()
            #expect(try await next.value == .integer(2))
            let before = Task {
                withUnsafeCurrentTask { $0?.cancel() }
                return try await client.send(RedisCommand("INCR", "k"))
            }
            await #expect(throws: CancellationError.self) { try await before.value }
            #expect(try await client.send(RedisCommand("INCR", "k")) == .integer(3))
        }
    }

    @Test("a closed client refuses commands, and waiting for a connection ends")
    func closed() async throws {
        let client = RedisClient(
            configuration: try RedisConfiguration(url: "redis+unix:///nonexistent/redis.sock"), logger: TestKernel.silent)
        let waiting = Task { try await client.waitUntilConnected() }
        let running = Task { try await client.run() }
        let cancelled = Task { try await client.waitUntilConnected() }
        cancelled.cancel()
        await #expect(throws: CancellationError.self) { try await cancelled.value }
        running.cancel()
        try await running.value
        await #expect(throws: RedisError.self) { try await waiting.value }
        #expect(await client.failure()?.message == "the client is closed")
        var events = client.subscribe(to: ["c"]).makeAsyncIterator()
        #expect(await events.next() == nil)
    }
}
