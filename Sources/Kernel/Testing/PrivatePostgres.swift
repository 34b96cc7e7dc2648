import Dispatch
import Foundation
import Glibc

/// The running private cluster of one test process: what `Tests/support/private-postgres.sh` said about it, and the pipe
/// whose end stops it.
struct PrivatePostgres: Sendable {
    let host: String
    let port: Int
    let user: String
    let password: String
    let binDirectory: String

    enum Failure: Error, CustomStringConvertible {
        case notReady(said: String)

        var description: String {
            switch self {
            case .notReady(let said): "private-postgres.sh did not start a server: \(said)"
            }
        }
    }

    /// Starts the cluster. The process keeps the pipe's write end open until it ends, in whatever way: then the script sees
    /// the end of file, stops the server and deletes its files.
    static func start(listensOnTCP: Bool) async throws -> PrivatePostgres {
        let script = URL(filePath: #filePath).deletingLastPathComponent()
            .appending(path: "../../../Tests/support/private-postgres.sh").standardizedFileURL
        let arguments = [script.path] + (listensOnTCP ? ["--tcp"] : [])
        let said = try await firstLine(ofBash: arguments)
        guard let cluster = PrivatePostgres(readyLine: said) else { throw Failure.notReady(said: said) }
        return cluster
    }

    /// `ready host=... port=... user=... password=... bin=...`
    init?(readyLine: String) {
        let words = readyLine.split(whereSeparator: \.isWhitespace)
        guard words.first == "ready" else { return nil }
        var values: [Substring: String] = [:]
        for word in words.dropFirst() {
            let pair = word.split(separator: "=", maxSplits: 1)
            if pair.count == 2 { values[pair[0]] = String(pair[1]) }
        }
        guard let host = values["host"], let port = values["port"].flatMap({ Int($0) }), let user = values["user"],
            let password = values["password"], let bin = values["bin"]
        else { return nil }
        (self.host, self.port, self.user, self.password, self.binDirectory) = (host, port, user, password, bin)
    }

    private static func firstLine(ofBash arguments: [String]) async throws -> String {
        // Raw descriptors, because the write end must stay open until the process ends. It closes on exec: a child of some
        // test that inherited it would keep the cluster alive.
        var ends: [Int32] = [-1, -1]
        guard pipe(&ends) == 0, fcntl(ends[1], F_SETFD, FD_CLOEXEC) == 0 else {
            throw Failure.notReady(said: "no pipe: errno \(errno)")
        }
        let process = Process()
        let output = Pipe()
        process.executableURL = URL(filePath: "/bin/bash")
        process.arguments = arguments
        process.standardInput = FileHandle(fileDescriptor: ends[0], closeOnDealloc: true)
        process.standardOutput = output
        try process.run()
        let reading = output.fileHandleForReading
        return await withCheckedContinuation { continuation in
            // A blocking read, so not on the cooperative pool.
            DispatchQueue.global().async {
                continuation.resume(returning: String(decoding: reading.availableData, as: UTF8.self))
            }
        }
    }
}
