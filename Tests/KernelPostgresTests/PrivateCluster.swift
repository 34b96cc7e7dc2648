import Foundation
import KernelPostgres
import Logging
import Synchronization

/// A PostgreSQL server of this test process: made once, below a shell that stops it when the process is gone.
final class PrivateCluster: Sendable {
    static let shared: Result<PrivateCluster, any Error> = Result { try PrivateCluster() }

    let directory: String
    let port: Int
    /// Its end of file is the shell's signal to stop the server.
    private let lifeline: Pipe
    private let counter = Atomic(0)
    /// One element for each restart that is done.
    private let answers: AsyncStream<Void>

    static let binaries = "/usr/lib/postgresql/15/bin"

    init(settings: [String] = []) throws {
        directory = "/tmp/bs-\(UInt32.random(in: 0...UInt32.max))"
        port = Int.random(in: 20_000..<30_000)
        lifeline = Pipe()
        let options =
            ([
                "unix_socket_directories=\(directory)", "listen_addresses=127.0.0.1", "port=\(port)", "fsync=off",
                "max_connections=200", "full_page_writes=off",
            ] + settings).map { "-c \($0)" }.joined(separator: " ")
        let script = """
            set -e
            mkdir -m 700 \(directory)
            \(Self.binaries)/initdb -D \(directory)/data --locale=C.UTF-8 -E UTF8 -A trust -U postgres --no-sync >/dev/null
            \(Self.binaries)/pg_ctl -D \(directory)/data -w -l \(directory)/log -o "\(options)" start >/dev/null 2>&1 </dev/null
            echo ready
            while read mode; do
                \(Self.binaries)/pg_ctl -D \(directory)/data -w -m $mode -l \(directory)/log restart \\
                    >/dev/null 2>&1 </dev/null || true
                echo restarted
            done
            \(Self.binaries)/pg_ctl -D \(directory)/data -m immediate stop >/dev/null 2>&1 || true
            rm -rf \(directory)
            """
        let ready = Pipe()
        let shell = Self.process("trap '' INT TERM HUP; cd /tmp; " + script)
        shell.standardInput = lifeline
        shell.standardOutput = ready
        try shell.run()
        // Only this process may hold the pipe's writing end, or the shell would never see the end of file.
        try? lifeline.fileHandleForReading.close()
        let answer = ready.fileHandleForReading.availableData
        guard String(decoding: answer, as: UTF8.self).hasPrefix("ready") else { throw ClusterFailed() }
        let (answers, continuation) = AsyncStream.makeStream(of: Void.self)
        self.answers = answers
        // A thread of its own: reading blocks.
        Thread.detachNewThread {
            while !ready.fileHandleForReading.availableData.isEmpty { continuation.yield() }
        }
    }

    struct ClusterFailed: Error {}

    /// A shell as a user that PostgreSQL accepts: it refuses root.
    private static func process(_ script: String) -> Process {
        let process = Process()
        if getuid() == 0 {
            process.executableURL = URL(fileURLWithPath: "/usr/sbin/runuser")
            process.arguments = ["-u", "postgres", "--", "/bin/sh", "-c", script]
        } else {
            process.executableURL = URL(fileURLWithPath: "/bin/sh")
            process.arguments = ["-c", script]
        }
        return process
    }

    /// Restarts the server; `immediate` is a crash of all its processes.
    func restart(mode: String = "fast") async throws {
        try lifeline.fileHandleForWriting.write(contentsOf: Array("\(mode)\n".utf8))
        for await _ in answers { return }
    }

    func url(_ database: String) -> String { "postgres://postgres@/\(database)?host=\(directory)&port=\(port)" }
    func tcpURL(_ database: String, port: Int) -> String { "postgres://postgres@127.0.0.1:\(port)/\(database)?sslmode=disable" }

    /// A new, empty database's name.
    func makeDatabase() async throws -> String {
        let name = "test_\(counter.add(1, ordering: .relaxed).newValue)"
        let admin = PostgresDatabase(configuration: try PostgresConfiguration(url: url("postgres")), logger: quiet)
        try await admin.withSession { try await $0.simple("test.create_database", sql: "CREATE DATABASE \(name)") }
        await admin.close()
        return name
    }
}

let quiet = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }

/// Runs `body` with a driver on an empty database of its own.
func testDatabase(
    _ configure: (inout PostgresConfiguration) -> Void = { _ in }, cluster: PrivateCluster? = nil,
    _ body: (PostgresDatabase) async throws -> Void
) async throws {
    let cluster = try cluster ?? PrivateCluster.shared.get()
    var configuration = try PostgresConfiguration(url: cluster.url(try await cluster.makeDatabase()))
    // Hundreds of tests share two cores: only a test that is about a deadline may run into one.
    configuration.poolWaitDeadline = .seconds(60)
    configuration.connectDeadline = .seconds(60)
    configure(&configuration)
    let database = PostgresDatabase(configuration: configuration, logger: quiet)
    do {
        try await body(database)
    } catch {
        await database.close()
        throw error
    }
    await database.close()
}

/// Waits, on the event itself as far as possible, until a condition that the server or another task brings about holds.
func eventually(within limit: Duration = .seconds(10), _ condition: () async throws -> Bool) async throws -> Bool {
    let end = ContinuousClock.now + limit
    while ContinuousClock.now < end {
        if try await condition() { return true }
        try await Task.sleep(for: .milliseconds(2))
    }
    return false
}
