import KernelTesting
import Testing

@Suite struct PostgresFixtureTests {
    @Test("A template is migrated once and every database is a clone of its own")
    func clones() async throws {
        let fixture = PostgresFixture.shared
        let migrate: @Sendable (String) async throws -> Void = { url in
            try #require(url.hasPrefix("postgres:///template_clones?host=/tmp/battlescope-test-"))
            // Fails when run twice.
            try await fixture.psql("CREATE TABLE ships (name text)", database: "template_clones")
        }
        async let first = fixture.database(template: "clones", migrate: migrate)
        async let second = fixture.database(template: "clones", migrate: migrate)
        async let third = fixture.database(template: "clones", migrate: migrate)
        let names = try await [first, second, third].map(Self.databaseName)
        #expect(Set(names).count == 3)
        try await fixture.psql("INSERT INTO ships VALUES ('Drake')", database: names[0])
        #expect(try await fixture.psql("SELECT count(*) FROM ships", database: names[0]) == "1\n")
        #expect(try await fixture.psql("SELECT count(*) FROM ships", database: names[1]) == "0\n")
    }

    @Test("A failed migration fails every test that asks for the template, with its own error")
    func failedMigration() async throws {
        struct Broken: Error {}
        for _ in 1...2 {
            await #expect(throws: Broken.self) {
                try await PostgresFixture.shared.database(template: "broken") { _ in throw Broken() }
            }
        }
    }

    @Test("The second cluster listens on a loopback port and asks for a password")
    func tcp() async throws {
        let url = try await PostgresFixture.tcp.database()
        #expect(url.contains("@127.0.0.1:"))
        #expect(try await PostgresFixture.tcp.psql("SHOW listen_addresses") == "127.0.0.1\n")
        #expect(try await PostgresFixture.shared.psql("SHOW listen_addresses") == "\n")
    }

    private static func databaseName(_ url: String) -> String {
        String(url.dropFirst("postgres:///".count).prefix { $0 != "?" })
    }
}
