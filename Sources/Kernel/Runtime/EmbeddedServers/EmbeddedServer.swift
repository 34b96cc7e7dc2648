import Glibc
import Logging

/// A server of one data folder: how to start, find and stop it. Not concerned with who may: see `ServerTenancy`.
protocol EmbeddedServer: Sendable {
    var folder: ServerFolder { get }
    var logger: Logger { get }
    /// Of the server's processes, and of no others: a process is known by it.
    var workingDirectory: String { get }

    /// The server's process id, when one works in this folder.
    func runningProcess() -> Int32?
    /// Makes what must be there before the first start.
    func create() async throws
    /// Starts the server and waits until it accepts connections.
    func start() async throws
    /// Waits until a server that is already running accepts connections.
    /// - Returns: false when it ended instead; it was on its way down.
    func waitUntilReady() async throws -> Bool
    /// Makes what must be in a server that runs.
    func furnish() async throws
    /// Stops the server: gently, and when that takes too long, at once.
    func stop() async
}

extension EmbeddedServer {
    func create() async throws {}
    func furnish() async throws {}

    /// In messages.
    var title: String { folder.kind.title }
    var programs: ServerProgram { ServerProgram(account: folder.account) }

    /// The numbers in process id files may long belong to somebody else, above all in containers, where ids are small and the
    /// same at every start. A working directory tells.
    func worksHere(_ id: Int32) -> Bool { FolderFiles.workingDirectory(ofProcess: id) == workingDirectory }

    var processes: [Int32] { FolderFiles.names(in: "/proc").compactMap { Int32($0) }.filter(worksHere) }

    func ends(_ process: Int32, withinSeconds seconds: Int) async -> Bool {
        let deadline = ContinuousClock.now.advanced(by: .seconds(seconds))
        while worksHere(process) {
            guard ContinuousClock.now < deadline else { return false }
            // Another process's end cannot be waited for, only looked for.
            try? await ContinuousClock().sleep(for: .milliseconds(5))
        }
        return true
    }

    /// Ends what a server left behind that did not end itself; signal after signal, with time in between.
    func endOrphans(signals: [Int32]) async {
        for signal in signals {
            let orphans = processes
            if signal != 0, !orphans.isEmpty {
                logger.warning("ending what a dead \(title) left behind", metadata: ["count": "\(orphans.count)"])
            }
            for orphan in orphans { kill(orphan, signal) }
            let deadline = ContinuousClock.now.advanced(by: .seconds(5))
            while !processes.isEmpty, ContinuousClock.now < deadline {
                // Another process's end cannot be waited for, only looked for.
                try? await ContinuousClock().sleep(for: .milliseconds(20))
            }
        }
    }

    /// The log is the server's only output; it says little, but years of little add up.
    func rotateLog() async throws(EmbeddedServerError) {
        let rotate = #"if [ "$(stat -c %s "$1" 2>/dev/null || echo 0)" -gt 8388608 ]; then mv -f "$1" "$1.1"; fi"#
        try await require("rotate the server's log", "/bin/sh", ["-c", rotate, "sh", folder.log])
    }

    func startFailure(_ complaint: String) async -> EmbeddedServerError {
        let log = try? await programs.run("/usr/bin/tail", ["-n", "12", folder.log])
        return EmbeddedServerError(
            .serverFailed, "\(title) did not start:\n\(complaint)\n\(log?.output ?? "")",
            fix: "Mend what the server says (No space left on device: free some); its whole log is \(folder.log).")
    }

    @discardableResult
    func require(
        _ purpose: String, _ program: String, _ arguments: [String]
    ) async throws(EmbeddedServerError) -> ServerProgram.Outcome {
        let outcome = try await programs.run(program, arguments)
        guard outcome.succeeded else {
            throw EmbeddedServerError(
                .serverFailed, "The embedded \(title) failed to \(purpose):\n\(outcome.complaint)",
                fix: "Mend what it says (No space left on device: free some) and start again, or set \(folder.kind.variable).")
        }
        return outcome
    }

    /// Runs what must happen even when the caller is cancelled: a new task does not inherit the cancellation, and is awaited.
    func shielded(_ operation: @escaping @Sendable () async -> Void) async {
        await Task { await operation() }.value
    }
}
