import KernelAPI
import KernelPostgres
import Testing

@Suite struct ConfigurationTests {
    @Test(
        "a wrong URL says what is wrong, and never shows any part of the password",
        arguments: [
            "postgres://u:secret-word@host:99999/db", "postgres://u:secret-word@host:x/db", "postgres://u:secret-word%zz@host/db",
            "password=a secret-word", "postgres://u:secret-word@host/db?nonsense=1", "password='secret-word",
        ])
    func wrong(url: String) {
        let error = #expect(throws: DatabaseError.self) { try PostgresConfiguration(url: url) }
        #expect(error.map { "\($0)".contains("secret-word") } == false)
    }

    @Test("a configuration can be printed in every way without its password")
    func redacted() throws {
        let configuration = try PostgresConfiguration(url: "postgres://u:secret-word@host:5433/db?sslmode=require")
        var dumped = ""
        dump(configuration, to: &dumped)
        for text in ["\(configuration)", String(reflecting: configuration), configuration.redactedDescription, dumped] {
            #expect(!text.contains("secret-word"))
            #expect(text.contains("host=host"))
        }
    }

    @Test("both forms and a socket's directory are understood")
    func forms() throws {
        let first = try PostgresConfiguration(url: "postgres:///db?host=/tmp/x").redactedDescription
        #expect(first == "dbname=db host=/tmp/x")
        #expect(try PostgresConfiguration(url: "host=/tmp/x dbname=db").redactedDescription == first)
    }
}
