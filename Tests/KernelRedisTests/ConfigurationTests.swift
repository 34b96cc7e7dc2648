import Testing

@testable import KernelRedis

@Suite("Redis URLs") struct ConfigurationTests {
    @Test("host, port, database, user and password are read, with defaults")
    func network() throws {
        let plain = try RedisEndpoint(url: "redis://cache.example")
        #expect(plain.address == .tcp(host: "cache.example", port: 6_379))
        #expect(plain.database == 0 && plain.user == nil && plain.password == nil && !plain.usesTLS)
        let full = try RedisEndpoint(url: "rediss://fc:p%40ss%3Aword@[::1]:7000/12?cacert=/etc/ca.pem")
        #expect(full.address == .tcp(host: "::1", port: 7_000))
        #expect(full.database == 12 && full.user == "fc" && full.password == "p@ss:word" && full.usesTLS)
        #expect(full.authorityFile == "/etc/ca.pem")
        #expect(try RedisEndpoint(url: "redis://:secret@h").user == nil)
    }

    @Test("a Unix socket is a path", arguments: ["redis+unix", "unix"])
    func socket(scheme: String) throws {
        let endpoint = try RedisEndpoint(url: "\(scheme)://:secret@/tmp/a%20b/redis.sock?db=3")
        #expect(endpoint.address == .unix(path: "/tmp/a b/redis.sock"))
        #expect(endpoint.database == 3 && endpoint.password == "secret")
    }

    @Test(
        "what is wrong is refused without quoting it",
        arguments: [
            "", "cache:6379", "http://h", "redis://", "redis://h:99999", "redis://h:0", "redis://h/sessions", "redis://h/-1",
            "redis://h/123456", "redis://h?db=1", "rediss://h?cacert=", "rediss://h?cacert=/a&cacert=/b", "redis+unix://h/path",
            "redis+unix:///", "redis+unix:///a?db=x", "redis://user@h", "redis://:sec#ret@h",
        ])
    func wrong(url: String) throws {
        let error = #expect(throws: RedisError.self) { try RedisConfiguration(url: url) }
        let message = try #require(error?.message)
        #expect(message.hasPrefix("the Redis URL is wrong: "))
        #expect(!message.contains("sec") && !message.contains("sessions"))
    }

    @Test("printing a configuration never shows user or password")
    func redacted() throws {
        for url in ["redis://fc:hidden@h:1/2", "rediss://:hidden@[::1]", "redis+unix://:hidden@/s?db=1"] {
            let configuration = try RedisConfiguration(url: url)
            let shown = "\(configuration) \(String(reflecting: configuration)) \(configuration.redactedDescription)"
            #expect(!shown.contains("hidden") && !shown.contains("fc"), "\(url)")
            #expect(shown.contains("***@"))
        }
        #expect(try RedisConfiguration(url: "redis://fc:hidden@h:1/2").description == "redis://***@h:1/2")
        #expect(try RedisConfiguration(url: "redis+unix:///s?db=1").description == "redis+unix:///s?db=1")
        #expect(try RedisConfiguration(url: "rediss://[::1]").description == "rediss://[::1]:6379/0")
        var dumped = ""
        dump(try RedisConfiguration(url: "redis://:hidden@h"), to: &dumped)
        #expect(!dumped.contains("hidden"))
    }
}
