import KernelAPI
import KernelPostgres
import Testing

let notify = Statement("t.notify", "SELECT pg_notify($1, $2)::text")

@Suite struct NotificationTests {
    @Test("a listener hears its channel, whatever its name, and nothing of others")
    func hears() async throws {
        try await testDatabase { database in
            var events = database.listen("it's a \"channel\"").makeAsyncIterator()
            #expect(await events.next() == .reconnected)
            try await database.query(notify, "other", "no")
            try await database.query(notify, "it's a \"channel\"", "yes")
            #expect(await events.next() == .notification("yes"))
        }
    }

    @Test("a listener whose connection is ended comes back and says so")
    func reconnects() async throws {
        try await testDatabase { database in
            let (losses, loss) = AsyncStream.makeStream(of: Void.self)
            var events = database.listen("t") { loss.yield() }.makeAsyncIterator()
            #expect(await events.next() == .reconnected)
            try await database.query(
                Statement(
                    "t.kill",
                    """
                    SELECT pg_terminate_backend(pid) FROM pg_stat_activity
                    WHERE query LIKE 'LISTEN%' AND datname = current_database()
                    """))
            #expect(await losses.first { _ in true } != nil)
            #expect(await events.next() == .reconnected)
            try await database.query(notify, "t", "back")
            #expect(await events.next() == .notification("back"))
        }
    }

    @Test("a consumer that is too slow is told that it has missed something")
    func overflow() async throws {
        try await testDatabase { database in
            var events = database.listen("t").makeAsyncIterator()
            #expect(await events.next() == .reconnected)
            try await database.query(
                Statement("t.flood", "SELECT count(pg_notify('t', i::text)) FROM generate_series(1, 3000) i"))
            for number in 1...1_000 { #expect(await events.next() == .notification("\(number)")) }
            try await database.query(notify, "t", "last")
            var missed = false
            while let event = await events.next(), event != .notification("last") {
                if event == .reconnected { missed = true }
            }
            #expect(missed)
        }
    }

    @Test("closing the database ends its listeners")
    func ends() async throws {
        try await testDatabase { database in
            var events = database.listen("t").makeAsyncIterator()
            #expect(await events.next() == .reconnected)
            await database.close()
            #expect(await events.next() == nil)
        }
    }
}

/// With a server of their own, because they restart it.
@Suite(.serialized) struct RestartTests {
    @Test("after a restart and after kill -9 the pool and the listener come back by themselves")
    func restart() async throws {
        let cluster = try PrivateCluster()
        try await testDatabase({ $0.maximumConnections = 2 }, cluster: cluster) { database in
            var events = database.listen("t").makeAsyncIterator()
            #expect(await events.next() == .reconnected)
            try await database.ping()
            for mode in ["fast", "immediate"] {
                try await cluster.restart(mode: mode)
                // The first query after the restart gets a new connection, without an error in between.
                try await database.ping()
                #expect(await events.next() == .reconnected)
                try await database.query(notify, "t", mode)
                #expect(await events.next() == .notification(mode))
            }
        }
    }
}
