import KernelTesting
import Testing

@testable import KernelRedis

@Suite("Subscriptions") struct SubscriptionTests {
    private func message(_ channel: String, _ text: String) -> RedisSubscriptionEvent {
        .message(channel: channel, payload: Array(text.utf8))
    }

    @Test("first it says that it is in force, then come the messages of its channels, in order")
    func messages() async throws {
        try await RedisFixture.withClient { client, prefix in
            var events = client.subscribe(to: [prefix + "a", prefix + "b"]).makeAsyncIterator()
            #expect(await events.next() == .reconnected)
            for (channel, text) in [("a", "one"), ("c", "not ours"), ("b", "two"), ("a", "")] {
                _ = try await client.send(RedisCommand("PUBLISH", "\(prefix)\(channel)", .text(text)))
            }
            #expect(await events.next() == message(prefix + "a", "one"))
            #expect(await events.next() == message(prefix + "b", "two"))
            #expect(await events.next() == message(prefix + "a", ""))
        }
    }

    @Test("after the server was killed it is in force again by itself, and says so")
    func reconnects() async throws {
        let server = try await PrivateRedis.start()
        try await RedisFixture.withClient(of: server.url()) { client in
            var events = client.subscribe(to: ["c"]).makeAsyncIterator()
            for round in 0..<3 {
                #expect(await events.next() == .reconnected)
                try await client.waitUntilConnected()
                #expect(try await client.send(RedisCommand("PUBLISH", "c", .integer(round))) == .integer(1))
                #expect(await events.next() == message("c", "\(round)"))
                try await server.kill()
                #expect(try await eventually { !client.isConnected })
                try await server.startAgain()
            }
        }
    }

    @Test("a connection that hangs is noticed without a message")
    func hangs() async throws {
        let server = try await PrivateRedis.start()
        let log = LogRecorder()
        try await RedisFixture.withClient(of: server.url(), logger: log.logger) {
            $0.idleInterval = .milliseconds(100)
            $0.connectDeadline = .milliseconds(500)
        } _: { client in
            var events = client.subscribe(to: ["c"]).makeAsyncIterator()
            #expect(await events.next() == .reconnected)
            try await server.pause()
            #expect(try await eventually { log.entries.contains { $0.metadata["error"]?.contains("silent") == true } })
            try await server.resume()
            #expect(await events.next() == .reconnected)
        }
    }

    @Test("a consumer that is too slow is told to look for itself, and then hears again")
    func slowConsumer() async throws {
        try await RedisFixture.withClient {
            $0.maximumBufferedMessages = 10
        } _: { client, prefix in
            let channel = RedisArgument.text(prefix + "c")
            var events = client.subscribe(to: [prefix + "c"]).makeAsyncIterator()
            #expect(await events.next() == .reconnected)
            for number in 0..<1_000 { _ = try await client.send(RedisCommand("PUBLISH", channel, .integer(number))) }
            // Said again after each hint: it may itself be among what was dropped.
            let end = RedisCommand("PUBLISH", channel, "end")
            _ = try await client.send(end)
            var (messages, hints) = (0, 0)
            while let event = await events.next(), event != message(prefix + "c", "end") {
                messages += event == .reconnected ? 0 : 1
                guard event == .reconnected else { continue }
                hints += 1
                _ = try await client.send(end)
            }
            #expect(hints > 0 || messages == 1_000)
        }
    }

    @Test("it ends with its task, with its last reference, and with the client")
    func ends() async throws {
        let server = try await PrivateRedis.start()
        try await RedisFixture.withClient(of: server.url()) { client in
            try await client.ping()
            let has = { (count: Int64) async throws -> Bool in
                try await eventually {
                    let subscribers = try await client.send(RedisCommand("PUBSUB NUMSUB", "c")).array()[1]
                    return subscribers == .integer(count)
                }
            }
            let task = Task {
                for await _ in client.subscribe(to: ["c"]) {}
            }
            #expect(try await has(1))
            task.cancel()
            await task.value
            #expect(try await has(0))

            var kept: RedisSubscription? = client.subscribe(to: ["c"])
            #expect(try await has(1))
            _ = kept
            kept = nil
            #expect(try await has(0))
        }
        let (events, signal) = AsyncStream.makeStream(of: Void.self)
        let configuration = try RedisConfiguration(url: server.url())
        let client = RedisClient(configuration: configuration, logger: TestKernel.silent)
        let running = Task { try await client.run() }
        let consumer = Task {
            for await _ in client.subscribe(to: ["c"]) { signal.finish() }
        }
        for await _ in events {}
        running.cancel()
        await consumer.value
        try await running.value
    }
}
