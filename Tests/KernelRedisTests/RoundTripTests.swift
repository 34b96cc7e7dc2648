import Foundation
import KernelTesting
import Testing

@testable import KernelRedis

@Suite("Commands and replies") struct RoundTripTests {
    @Test("every kind of reply comes back as what it is")
    func kinds() async throws {
        try await RedisFixture.withClient { client, prefix in
            let key = RedisArgument.text(prefix + "k")
            #expect(try await client.send(RedisCommand("SET", key, "v")) == .status("OK"))
            #expect(try await client.send(RedisCommand("GET", key)) == .bytes([118]))
            #expect(try await client.send(RedisCommand("GET", "\(prefix)none")) == .null)
            #expect(try await client.send(RedisCommand("LPOP", "\(prefix)none", 3)) == .null)
            #expect(try await client.send(RedisCommand("LRANGE", "\(prefix)none", 0, -1)) == .array([]))
            #expect(try await client.send(RedisCommand("SET", key, "")) == .status("OK"))
            #expect(try await client.send(RedisCommand("GET", key)) == .bytes([]))
            #expect(try await client.send(RedisCommand("INCRBY", "\(prefix)n", .integer(.max))) == .integer(.max))
            let nested = RedisScript(
                "return {1, 'two', {3, {'four'}}, false, redis.status_reply('FINE'), redis.error_reply('ODD thing')}")
            let answer = try await client.run(nested)
            #expect(
                answer
                    == .array([
                        .integer(1), .bytes(Array("two".utf8)), .array([.integer(3), .array([.bytes(Array("four".utf8))])]),
                        .null,
                        .status("FINE"), .error("ODD thing"),
                    ]))
        }
    }

    @Test("bytes of every value, and many of them, survive")
    func bytes() async throws {
        try await RedisFixture.withClient { client, prefix in
            let every = (0..<5_000_000).map { UInt8(truncatingIfNeeded: $0 &* 31 &+ $0 >> 8) }
            let key = RedisArgument.text(prefix + "every \r\n\u{0} byte")
            _ = try await client.send(RedisCommand("SET", key, .bytes(every)))
            #expect(try await client.send(RedisCommand("GET", key)).bytes() == every)
        }
    }

    @Test("an error reply is thrown, and the connection goes on")
    func errors() async throws {
        try await RedisFixture.withClient { client, prefix in
            _ = try await client.send(RedisCommand("SET", "\(prefix)secret", "secret"))
            let wrongType = await client.failure(of: RedisCommand("LPUSH", "\(prefix)secret", "secret"))
            #expect(wrongType?.code == .server && wrongType?.serverCode == "WRONGTYPE" && wrongType?.command == "LPUSH")
            let unknown = await client.failure(of: RedisCommand("NOSUCH", "secret"))
            #expect(unknown?.serverCode == "ERR")
            #expect(unknown?.description.contains("secret") == false)
            #expect(try await client.text(RedisCommand("GET", "\(prefix)secret")) == "secret")
        }
    }

    @Test("commands of many tasks share the connection, and each gets its own answer")
    func pipelining() async throws {
        try await RedisFixture.withClient { client, prefix in
            try await withThrowingTaskGroup(of: Bool.self) { group in
                for number in 0..<5_000 {
                    group.addTask {
                        // Answers of different sizes, so that they are cut in different places.
                        let text = "\(number)-" + String(repeating: "x", count: number % 97)
                        return try await client.text(RedisCommand("ECHO", .text(text))) == text
                    }
                }
                for try await isRight in group { #expect(isRight) }
            }
            #expect(client.commandsInFlight == 0)
        }
    }

    @Test("commands of one task are carried out in its order")
    func order() async throws {
        try await RedisFixture.withClient { client, prefix in
            for number in 0..<100 { _ = try await client.send(RedisCommand("RPUSH", "\(prefix)list", .integer(number))) }
            let list = try await client.send(RedisCommand("LRANGE", "\(prefix)list", 0, -1)).array()
            #expect(try list.map { try $0.integer() } == Array(0..<100))
        }
    }

    @Test("a script is run by its digest; a server that does not know it is told the text")
    func scripts() async throws {
        try await RedisFixture.withClient { client, prefix in
            let script = RedisScript("return {KEYS[1], ARGV[1], redis.call('INCR', KEYS[1])}")
            let keys: [RedisArgument] = ["\(prefix)counter"]
            let expected = { (count: Int64) -> RedisValue in
                .array([.bytes(Array("\(prefix)counter".utf8)), .bytes(Array("a".utf8)), .integer(count)])
            }
            #expect(await client.failure(of: script.byDigest(keys, ["a"]))?.serverCode == "NOSCRIPT")
            #expect(try await client.run(script, keys: keys, arguments: ["a"]) == expected(1))
            #expect(try await client.send(script.byDigest(keys, ["a"])) == expected(2))
            _ = try await client.send(RedisCommand("SCRIPT FLUSH"))
            #expect(try await client.run(script, keys: keys, arguments: ["a"]) == expected(3))
        }
    }

    @Test("a script's own error is not a missing script")
    func scriptErrors() async throws {
        try await RedisFixture.withClient { client, prefix in
            let script = RedisScript("return redis.error_reply('LIMIT reached')")
            let error = await #expect(throws: RedisError.self) { try await client.run(script) }
            #expect(error?.serverCode == "LIMIT")
        }
    }

    @Test(
        "what would disturb everybody else is not sent",
        arguments: [
            RedisCommand("SUBSCRIBE", "c"), RedisCommand("select", 1), RedisCommand("MULTI"), RedisCommand("BLPOP", "k", 0),
            RedisCommand("HELLO", 3), RedisCommand("CLIENT REPLY", "OFF"), RedisCommand("CLIENT PAUSE", 1000),
            RedisCommand("QUIT"),
        ])
    func refused(command: RedisCommand) async throws {
        try await RedisFixture.withClient { client, _ in
            #expect(await client.failure(of: command)?.code == .protocolViolation)
            try await client.ping()
        }
    }

    @Test("values are read strictly, and what does not fit is not quoted")
    func reading() throws {
        #expect(try RedisValue.bytes(Array("-7".utf8)).integer() == -7)
        #expect(try RedisValue.null.text() == nil)
        for value in [RedisValue.bytes(Array("secret".utf8)), .null, .status("secret"), .array([]), .error("secret")] {
            let error = #expect(throws: RedisError.self) { try value.integer() }
            #expect(error?.code == .decoding && error?.description.contains("secret") == false)
        }
        #expect(throws: RedisError.self) { try RedisValue.bytes([0xff]).text() }
        #expect(throws: RedisError.self) { try RedisValue.integer(1).array() }
    }
}
