import KernelTesting
import Testing

@testable import KernelRedis

@Suite("TLS") struct TLSTests {
    @Test("rediss:// speaks TLS with a server that the named authority vouches for, and with no other")
    func certificates() async throws {
        let server = try await PrivateRedis.start(network: .tls, asksForPassword: true)
        try await RedisFixture.withClient(of: server.networkURL()) { client in
            try await client.ping()
            let large = [UInt8](repeating: 7, count: 1_000_000)
            _ = try await client.send(RedisCommand("SET", "k", .bytes(large)))
            #expect(try await client.send(RedisCommand("GET", "k")).bytes() == large)
            var events = client.subscribe(to: ["c"]).makeAsyncIterator()
            #expect(await events.next() == .reconnected)
        }
        let credentials = ":\(server.password)@"
        let others = [
            "an authority that is not the system's": "rediss://\(credentials)localhost:\(server.port)",
            "a name that is not the certificate's":
                "rediss://\(credentials)127.0.0.1:\(server.port)?cacert=\(server.authorityFile)",
            "an authority that is no certificate": "rediss://\(credentials)localhost:\(server.port)?cacert=/dev/null",
            "no TLS": "redis://\(credentials)localhost:\(server.port)",
        ]
        for (what, url) in others {
            try await RedisFixture.withClient(of: url, isConnected: false) { client in
                let error = try await RedisError.ofConnecting(client, nil)
                #expect(error?.code == .unavailable, "\(what)")
                #expect(error?.description.contains(server.password) == false)
                #expect(!client.isConnected, "\(what)")
            }
        }
    }

    @Test("a TLS server that is killed comes back")
    func killed() async throws {
        let server = try await PrivateRedis.start(network: .tls)
        try await RedisFixture.withClient(of: server.networkURL()) { client in
            try await server.kill()
            #expect(try await eventually { await client.failure()?.code == .unavailable })
            try await server.startAgain()
            try await client.waitUntilConnected()
            try await client.ping()
        }
    }
}
