import Foundation
import KernelPostgres
import Logging

/// A private PostgreSQL for the time of a measurement, with the settings of the tests' one.
struct PrivateCluster {
    let bin: String
    private let host: String
    private let port: String
    private let user: String

    /// Runs `body` beside a cluster of its own.
    static func with<Result>(_ bench: Bench, _ body: (PrivateCluster) async throws -> Result) async throws -> Result {
        let life = Pipe()
        var program = Program("bash", [bench.root.appending(path: "Tests/support/private-postgres.sh").path])
        program.input = life.fileHandleForReading
        var result: Result?
        try await program.whileRunning(until: "ready ") { line in
            // The script stops the server when this pipe ends.
            defer { try? life.fileHandleForWriting.close() }
            result = try await body(try PrivateCluster(readyLine: line))
        }
        guard let result else { throw BenchmarkError("the private PostgreSQL said nothing") }
        return result
    }

    private init(readyLine: String) throws {
        var values: [Substring: String] = [:]
        for pair in readyLine.split(separator: " ").map({ $0.split(separator: "=", maxSplits: 1) }) where pair.count == 2 {
            values[pair[0]] = String(pair[1])
        }
        guard let host = values["host"], let port = values["port"], let user = values["user"], let bin = values["bin"] else {
            throw BenchmarkError("private-postgres.sh said: \(readyLine)")
        }
        (self.host, self.port, self.user, self.bin) = (host, port, user, bin)
    }

    func url(_ database: String) -> String { "postgres:///\(database)?host=\(host)&port=\(port)&user=\(user)" }

    /// For the programs of PostgreSQL.
    var connection: [String] { ["-h", host, "-p", port, "-U", user] }

    func psql(_ database: String, _ commands: String...) -> Program { psql(database, commands) }

    /// Each command is a transaction of its own.
    func psql(_ database: String, _ commands: [String]) -> Program {
        Program(
            "\(bin)/psql",
            connection + ["-d", database, "-X", "-q", "-A", "-t", "-v", "ON_ERROR_STOP=1"]
                + commands.flatMap { ["-c", $0] })
    }

    /// A database with the schema of this version.
    func migrated(_ database: String, _ bench: Bench) async throws {
        _ = try await psql("postgres", "CREATE DATABASE \(database)").run()
        _ = try await Program(bench.battlescope, ["migrate"], environment: environment(database, bench)).run()
    }

    func copy(of template: String, named database: String) async throws {
        _ = try await psql("postgres", "CREATE DATABASE \(database) TEMPLATE \(template)", "CHECKPOINT").run()
    }

    func drop(_ database: String) async throws {
        _ = try await psql("postgres", "DROP DATABASE \(database) WITH (FORCE)").run()
    }

    /// What battlescope needs to use a database of this cluster.
    func environment(_ database: String, _ bench: Bench) -> [String: String] {
        [
            "DATABASE_URL": url(database), "BATTLESCOPE_EMBEDDED": "never", "BATTLESCOPE_DATA_DIR": bench.temporary("data"),
            "BATTLESCOPE_PLUGINS_DIR": bench.root.appending(path: "plugins.d").path,
        ]
    }

    /// Runs `body` with the driver connected to a database.
    func withDriver<Result>(
        _ database: String, connections: Int, _ body: (PostgresDatabase) async throws -> Result
    ) async throws -> Result {
        var configuration = try PostgresConfiguration(url: url(database))
        configuration.maximumConnections = connections
        let driver = PostgresDatabase(
            configuration: configuration, logger: Logger(label: "bench") { _ in SwiftLogNoOpLogHandler() })
        do {
            let result = try await body(driver)
            await driver.close()
            return result
        } catch {
            await driver.close()
            throw error
        }
    }
}
