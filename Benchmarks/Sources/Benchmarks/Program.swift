import Foundation

/// A program to run beside this one.
struct Program {
    let path: String
    let arguments: [String]
    /// Added to this process's own.
    var environment: [String: String] = [:]
    var input: FileHandle?

    init(_ path: String, _ arguments: [String], environment: [String: String] = [:]) {
        self.path = path
        self.arguments = arguments
        self.environment = environment
    }

    struct Outcome {
        let output: String
        let errors: String
        /// Seconds from start to end.
        let seconds: Double
    }

    /// Runs it to its end; anything but success is an error.
    ///
    /// - Parameter codes: the exit codes that are success.
    func run(allowing codes: Set<Int32> = [0]) async throws -> Outcome {
        let process = process()
        // Files, not pipes: nobody has to read while it runs.
        let files = try (0..<2).map { _ in try TemporaryFile() }
        process.standardOutput = files[0].handle
        process.standardError = files[1].handle
        let clock = ContinuousClock()
        let start = clock.now
        try launch(process)
        process.waitUntilExit()
        let elapsed = clock.now - start
        let (output, errors) = (try files[0].text(), try files[1].text())
        guard process.terminationReason == .exit, codes.contains(process.terminationStatus) else {
            throw BenchmarkError("\(path) \(arguments.joined(separator: " ")) failed: \(errors.suffix(2_000))")
        }
        return Outcome(output: output, errors: errors, seconds: elapsed / .seconds(1))
    }

    /// Starts it, waits for a line of its output that holds `mark`, and ends it when `body` is done.
    func whileRunning(until mark: String, _ body: (_ line: String) async throws -> Void) async throws {
        let process = process()
        let output = Pipe()
        process.standardOutput = output
        try launch(process)
        defer {
            process.terminate()
            process.waitUntilExit()
        }
        var text = ""
        while true {
            let data = output.fileHandleForReading.availableData
            guard !data.isEmpty else { throw BenchmarkError("\(path) ended: \(text)") }
            text += String(decoding: data, as: UTF8.self)
            let complete = text.split(separator: "\n", omittingEmptySubsequences: false).dropLast()
            if let line = complete.first(where: { $0.contains(mark) }) { return try await body(String(line)) }
        }
    }

    /// Starts it without listening to it, and ends it when `body` is done.
    func whileRunning(logTo file: String, _ body: (_ process: Int32) async throws -> Void) async throws {
        let process = process()
        guard FileManager.default.createFile(atPath: file, contents: nil), let log = FileHandle(forWritingAtPath: file) else {
            throw BenchmarkError("\(file) cannot be written")
        }
        process.standardOutput = log
        process.standardError = log
        try launch(process)
        defer {
            process.terminate()
            process.waitUntilExit()
        }
        try await body(process.processIdentifier)
    }

    /// The threads of the cooperative pool block all signals, and a child inherits that: pgbench's alarm would never ring.
    private func launch(_ process: Process) throws {
        var none = sigset_t()
        var before = sigset_t()
        sigemptyset(&none)
        pthread_sigmask(SIG_SETMASK, &none, &before)
        defer { pthread_sigmask(SIG_SETMASK, &before, nil) }
        try process.run()
    }

    private func process() -> Process {
        let process = Process()
        let isPath = path.contains("/")
        process.executableURL = URL(filePath: isPath ? path : "/usr/bin/env")
        process.arguments = (isPath ? [] : [path]) + arguments
        process.environment = ProcessInfo.processInfo.environment.merging(environment) { $1 }
        process.standardInput = input ?? FileHandle.nullDevice
        return process
    }
}

/// A file that is gone when it is closed.
private struct TemporaryFile {
    let handle: FileHandle

    init() throws {
        guard let file = tmpfile() else { throw BenchmarkError("no temporary file: errno \(errno)") }
        handle = FileHandle(fileDescriptor: dup(fileno(file)), closeOnDealloc: true)
        fclose(file)
    }

    func text() throws -> String {
        try handle.seek(toOffset: 0)
        return String(decoding: try handle.readToEnd() ?? Data(), as: UTF8.self)
    }
}
