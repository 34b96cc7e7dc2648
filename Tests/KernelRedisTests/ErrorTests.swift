import Testing

@testable import KernelRedis

@Suite("Redis errors") struct ErrorTests {
    @Test(
        "an error reply loses what it quotes",
        arguments: [
            ("WRONGTYPE Operation against a key holding the wrong kind of value", "WRONGTYPE"),
            ("ERR unknown command 'HGTE', with args beginning with: 'secret' 'other' ", "ERR"),
            ("ERR unknown subcommand or wrong number of arguments for 'secret'. Try CLIENT HELP.", "ERR"),
            ("NOPERM User \"secret\" has no permissions\r\nto run", "NOPERM"),
            ("ERR an open quote 'secret", "ERR"),
        ])
    func safe(text: String, code: String) {
        let error = RedisError.server(text, command: "HGET")
        #expect(error.serverCode == code)
        #expect(!error.description.contains("secret") && !error.description.contains("\n"))
        #expect(error.description.hasPrefix("redis server, command HGET: \(code)"))
    }

    @Test("a long error reply is cut, and one without a code has none")
    func odd() {
        let long = RedisError.server("ERR " + String(repeating: "x", count: 5_000))
        #expect(long.message.count == 200)
        #expect(RedisError.server("").serverCode == nil)
        #expect(RedisError.server("something went wrong").serverCode == nil)
    }

    @Test("only what can pass by itself is transient")
    func transient() {
        let transient = RedisError.Code.allCases.filter { RedisError($0, "").isTransient }
        #expect(transient == [.unavailable, .connectionLost, .timeout, .overloaded])
        #expect(RedisError.server("LOADING Redis is loading the dataset in memory").isTransient)
        #expect(!RedisError.server("WRONGTYPE Operation against a key").isTransient)
    }
}
