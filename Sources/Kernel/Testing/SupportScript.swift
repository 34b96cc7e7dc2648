import Foundation
import Glibc

/// A script of `Tests/support` that runs servers for this test process.
///
/// The process keeps the pipe to the script's standard input open until it ends, in whatever way: then the script sees the end of
/// file, stops its servers and deletes their files. Until then, words can be said to it, which it answers by a line each.
actor SupportScript {
    struct Failed: Error, CustomStringConvertible {
        let description: String
    }

    private let name: String
    private let input: FileHandle
    private let output: FileHandle
    /// What came after the last complete line.
    private var rest = Data()
    /// The end of the line of those who ask: an answer belongs to the one who asked first.
    private var lastAsked: Task<Void, Never>?

    init(_ name: String, _ arguments: [String]) throws {
        self.name = name
        let script = URL(filePath: #filePath).deletingLastPathComponent()
            .appending(path: "../../../Tests/support/\(name)").standardizedFileURL
        // Raw descriptors, because the write end must close on exec: a child of some test that inherited it would keep the
        // servers alive.
        var ends: [Int32] = [-1, -1]
        guard pipe(&ends) == 0, fcntl(ends[1], F_SETFD, FD_CLOEXEC) == 0 else {
            throw Failed(description: "no pipe for \(name): errno \(errno)")
        }
        input = FileHandle(fileDescriptor: ends[1], closeOnDealloc: true)
        let process = Process()
        let answers = Pipe()
        process.executableURL = URL(filePath: "/bin/bash")
        process.arguments = [script.path] + arguments
        process.standardInput = FileHandle(fileDescriptor: ends[0], closeOnDealloc: true)
        process.standardOutput = answers
        output = answers.fileHandleForReading
        try process.run()
    }

    /// The next line that begins with `word`, as what follows it, `key=value` by `key=value`.
    func answer(_ word: String) async throws -> [String: String] {
        let line = try await line()
        let words = line.split(whereSeparator: \.isWhitespace)
        guard words.first.map(String.init) == word else {
            throw Failed(description: "\(name) said \"\(line)\" instead of \"\(word)\"")
        }
        var values: [String: String] = [:]
        for word in words.dropFirst() {
            let pair = word.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            if pair.count == 2 { values[String(pair[0])] = String(pair[1]) }
        }
        return values
    }

    /// Says a word and waits for the answer.
    func say(_ word: String, expecting answer: String) async throws -> [String: String] {
        let before = lastAsked
        // Awaited below; a queue of tasks because an actor does not keep the order of what it suspends.
        let asking = Task {
            await before?.value
            try input.write(contentsOf: Data("\(word)\n".utf8))
            return try await self.answer(answer)
        }
        lastAsked = Task { _ = await asking.result }
        return try await asking.value
    }

    private func line() async throws -> String {
        while true {
            if let end = rest.firstIndex(of: UInt8(ascii: "\n")) {
                defer { rest = Data(rest[rest.index(after: end)...]) }
                return String(decoding: rest[..<end], as: UTF8.self)
            }
            let more = await read()
            guard !more.isEmpty else { throw Failed(description: "\(name) ended: \(String(decoding: rest, as: UTF8.self))") }
            rest.append(more)
        }
    }

    private func read() async -> Data {
        await withCheckedContinuation { continuation in
            // A blocking read, so not on the cooperative pool.
            DispatchQueue.global().async { [output] in continuation.resume(returning: output.availableData) }
        }
    }
}
