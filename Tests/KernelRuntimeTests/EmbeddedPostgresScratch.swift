import Foundation
import Glibc
import KernelTesting
import Logging

@testable import KernelRuntime

/// A data folder for one test, and a look at what runs in it.
struct EmbeddedPostgresScratch: Sendable {
    let path: String

    var postgres: EmbeddedPostgres { EmbeddedPostgres(dataDirectory: path, logger: Self.logger) }
    var address: EmbeddedPostgresAddress {
        EmbeddedPostgresAddress(socketDirectory: "/tmp/battlescope-\(ServerFolder.eightHexDigits(of: path))")
    }

    static let logger = Logger(label: "test", factory: { _ in SwiftLogNoOpLogHandler() })

    /// The server without any of the locks.
    func server() async throws -> PostgresServer {
        let folder = try ServerFolder(.postgres, dataDirectory: path, account: .current())
        try await folder.prepare()
        let installations = try await PostgresInstallation.all(in: PostgresInstallation.usualBinDirectories())
        return try PostgresServer(folder: folder, installations: installations, logger: Self.logger)
    }

    @discardableResult
    func psql(_ address: EmbeddedPostgresAddress, _ sql: String) async throws -> String {
        let outcome = try await ServerProgram(account: nil).run(
            "/usr/bin/psql", ["-XAtq", "-v", "ON_ERROR_STOP=1", "-d", address.url, "-c", sql])
        guard outcome.succeeded else { throw EmbeddedServerError(.serverFailed, outcome.complaint, fix: sql) }
        return outcome.output
    }

    /// The process that runs the cluster, looked for independently of the code under test.
    func postmaster() -> Int32? {
        processes().min()
    }

    /// The process of the folder's Redis, likewise.
    func redisProcess() -> Int32? { processes(in: "redis").min() }

    /// Waits until the kernel has taken the last server process away.
    func waitUntilNobodyWorks() async throws {
        try await until { processes().isEmpty }
    }

    private func processes(in folder: String = "postgres/data") -> [Int32] {
        FolderFiles.names(in: "/proc").compactMap { Int32($0) }.filter {
            FolderFiles.workingDirectory(ofProcess: $0) == "\(path)/\(folder)"
        }
    }

    func mode(of path: String) -> UInt32 {
        var status = stat()
        return lstat(path, &status) == 0 ? status.st_mode & 0o777 : 0
    }

    func write(_ text: String, to name: String) throws {
        let file = URL(filePath: "\(path)/\(name)")
        try FileManager.default.createDirectory(at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
        try text.write(to: file, atomically: true, encoding: .utf8)
        // As the server itself would have left them.
        let account = try ServerAccount.current()
        for folder in ["postgres", "postgres/data"] {
            chmod("\(path)/\(folder)", 0o700)
            chown("\(path)/\(folder)", account.userID, account.groupID)
        }
    }

    /// A folder with a `postgres` that only knows its version, and the given `initdb`.
    func fakePrograms(version: String, initdb: String) throws -> String {
        let bin = "\(path)/bin"
        try FileManager.default.createDirectory(atPath: bin, withIntermediateDirectories: true)
        for (name, script) in [("postgres", "echo 'postgres (PostgreSQL) \(version)'"), ("initdb", initdb)] {
            try "#!/bin/sh\n\(script)\n".write(toFile: "\(bin)/\(name)", atomically: true, encoding: .utf8)
            chmod("\(bin)/\(name)", 0o755)
        }
        return bin
    }

    /// Asks for a server that cannot be had.
    func refusal(binDirectories: [String]?, dataDirectory: String? = nil) async -> EmbeddedServerError? {
        let postgres = EmbeddedPostgres(
            dataDirectory: dataDirectory ?? path, binDirectories: binDirectories, logger: Self.logger)
        do {
            try await postgres.withServer(role: .owner) { _ in }
            return nil
        } catch {
            return error as? EmbeddedServerError
        }
    }
}

/// Something that happens once and can be waited for.
final class Signal: Sendable {
    private let stream: AsyncStream<Void>
    private let continuation: AsyncStream<Void>.Continuation

    init() { (stream, continuation) = AsyncStream.makeStream(bufferingPolicy: .bufferingNewest(1)) }
    func send() { continuation.finish() }
    func wait() async { for await _ in stream {} }
}

/// Runs a test with a data folder of its own; whatever still runs there afterwards is ended, and the folder removed.
func withScratch(_ body: @Sendable (EmbeddedPostgresScratch) async throws -> Void) async throws {
    var template = Array("/tmp/battlescope-scratch-XXXXXX".utf8CString)
    guard mkdtemp(&template) != nil else {
        throw EmbeddedServerError(.folder, "mkdtemp: errno \(errno)", fix: "Free some space.")
    }
    let scratch = EmbeddedPostgresScratch(
        path: String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self))
    chmod(scratch.path, 0o755)
    defer {
        if let left = scratch.postmaster() { kill(left, SIGQUIT) }
        if let left = scratch.redisProcess() { kill(left, SIGKILL) }
        try? FileManager.default.removeItem(atPath: scratch.path)
        try? FileManager.default.removeItem(atPath: scratch.address.socketDirectory)
        try? FileManager.default.removeItem(atPath: scratch.address.socketDirectory + "-redis")
    }
    try await body(scratch)
}
