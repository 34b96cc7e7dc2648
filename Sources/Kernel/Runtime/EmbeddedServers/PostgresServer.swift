import Glibc
import Logging

/// Starts, finds and stops the server of one data folder. Not concerned with who may: see `EmbeddedPostgres`.
struct PostgresServer: Sendable {
    let folder: PostgresFolder
    let installation: PostgresInstallation
    let logger: Logger
    /// Crash recovery reads the whole write-ahead log since the last checkpoint; minutes are normal after heavy writing.
    var startDeadlineSeconds = 600
    /// A fast shutdown writes a checkpoint; afterwards an immediate one, which the next start recovers from.
    var stopDeadlineSeconds = 30

    private var programs: ServerProgram { ServerProgram(account: folder.account) }

    /// The postmaster's process id, when one works in this folder.
    ///
    /// The process id in `postmaster.pid` may long belong to somebody else, above all in containers, where ids are small and
    /// the same at every start. A postmaster's working directory is its data folder: that tells.
    func runningProcess() -> Int32? {
        guard let id = FolderFiles.firstLine(of: "\(folder.cluster)/postmaster.pid").flatMap({ Int32($0) }), worksHere(id) else {
            return nil
        }
        return id
    }

    /// Makes the cluster unless there is one. It appears under its name only when complete, so a crash leaves no half of one.
    func create() async throws(EmbeddedServerError) {
        guard folder.version == nil else { return }
        guard !FolderFiles.exists(folder.cluster) else {
            throw EmbeddedServerError(
                .folder, "\(folder.cluster) exists but is not a PostgreSQL data folder (it has no PG_VERSION).",
                fix: "Move it away, or restore it from a backup.")
        }
        let unfinished = folder.cluster + ".new"
        try await require("remove an unfinished cluster", "/bin/rm", ["-rf", unfinished])
        logger.info("creating a PostgreSQL cluster", metadata: ["folder": "\(folder.cluster)"])
        try await require(
            "initdb", installation.program("initdb"),
            [
                "-D", unfinished, "-U", "battlescope", "--auth-local=trust", "--auth-host=reject", "--locale=C.UTF-8", "-E",
                "UTF8",
                "--data-checksums",
            ])
        try await require("put the cluster in its place", "/bin/mv", [unfinished, folder.cluster])
    }

    /// Starts the server and waits until it accepts connections.
    func start() async throws {
        await endOrphans()
        removeLockFilesThatOnlyLookAlive()
        // The log is the server's only output; it says little, but years of little add up.
        let rotate = #"if [ "$(stat -c %s "$1" 2>/dev/null || echo 0)" -gt 8388608 ]; then mv -f "$1" "$1.1"; fi"#
        try await require("rotate the server's log", "/bin/sh", ["-c", rotate, "sh", folder.log])
        do {
            let outcome = try await reporting("PostgreSQL is still starting, probably recovering from a crash") {
                [programs, installation, arguments = startArguments] in
                try await programs.run(installation.program("pg_ctl"), arguments)
            }
            try Task.checkCancellation()
            guard outcome.succeeded else { throw await startFailure(outcome) }
        } catch {
            await Self.shielded { await stop() }
            throw error
        }
    }

    /// Waits until a server that is already running accepts connections.
    /// - Returns: false when it ended instead; it was on its way down.
    func waitUntilReady() async throws -> Bool {
        try await reporting("PostgreSQL runs but does not accept connections yet") {
            let deadline = ContinuousClock.now.advanced(by: .seconds(startDeadlineSeconds))
            while runningProcess() != nil {
                let outcome = try await programs.run(
                    installation.program("pg_isready"), ["-q", "-t", "2", "-h", folder.socketDirectory])
                if outcome.succeeded { return true }
                guard ContinuousClock.now < deadline else {
                    throw EmbeddedServerError(
                        .timedOut, "PostgreSQL runs but accepts no connections after \(startDeadlineSeconds) s.",
                        fix: "Look into \(folder.log).")
                }
                try await ContinuousClock().sleep(for: .milliseconds(100))
            }
            return false
        }
    }

    /// Makes the database unless it exists.
    func createDatabase(_ address: EmbeddedPostgresAddress) async throws(EmbeddedServerError) {
        let connection = ["-X", "-A", "-t", "-q", "-h", address.socketDirectory, "-U", address.user, "-d", "postgres", "-c"]
        let query = "SELECT 1 FROM pg_database WHERE datname = '\(address.database)'"
        let found = try await require("look for the database", installation.program("psql"), connection + [query])
        guard found.output.isEmpty else { return }
        try await require(
            "create the database", installation.program("psql"), connection + ["CREATE DATABASE \(address.database)"])
    }

    /// Stops the server: connections end, a checkpoint is written; when that takes too long, at once.
    func stop() async {
        guard let process = runningProcess() else { return }
        for (mode, seconds) in [("fast", stopDeadlineSeconds), ("immediate", 10)] {
            let outcome = try? await programs.run(
                installation.program("pg_ctl"), ["stop", "-D", folder.cluster, "-m", mode, "-w", "-t", "\(seconds)"])
            if await ends(process, withinSeconds: outcome?.succeeded == true ? 10 : 0) {
                logger.info("PostgreSQL stopped", metadata: ["mode": "\(mode)"])
                return
            }
            logger.warning("PostgreSQL did not stop", metadata: ["mode": "\(mode)", "error": "\(outcome?.complaint ?? "")"])
        }
    }

    /// Runs what must happen even when the caller is cancelled: a new task does not inherit the cancellation, and is awaited.
    static func shielded(_ operation: @escaping @Sendable () async -> Void) async {
        await Task { await operation() }.value
    }

    // MARK: Details

    private var startArguments: [String] {
        let settings = [
            "listen_addresses=", "unix_socket_directories=\(folder.socketDirectory)", "unix_socket_permissions=0700",
            "max_connections=200", "timezone=UTC", "log_timezone=UTC", "log_checkpoints=off", "log_min_messages=warning",
        ]
        return [
            "start", "-D", folder.cluster, "-l", folder.log, "-w", "-t", "\(startDeadlineSeconds)",
            "-o", settings.map { "-c \($0)" }.joined(separator: " "),
        ]
    }

    /// pg_ctl returns when the lock file is gone, a moment before the process is.
    private func ends(_ process: Int32, withinSeconds seconds: Int) async -> Bool {
        let deadline = ContinuousClock.now.advanced(by: .seconds(seconds))
        while worksHere(process) {
            guard ContinuousClock.now < deadline else { return false }
            // Another process's end cannot be waited for, only looked for.
            try? await ContinuousClock().sleep(for: .milliseconds(5))
        }
        return true
    }

    private func worksHere(_ id: Int32) -> Bool {
        FolderFiles.workingDirectory(ofProcess: id) == folder.cluster
    }

    private var processes: [Int32] { FolderFiles.names(in: "/proc").compactMap { Int32($0) }.filter(worksHere) }

    /// PostgreSQL refuses to start while processes of a postmaster that was killed live on. They end by themselves as soon as
    /// they look up from their work; those that do not are told to drop it, which loses nothing that was committed.
    private func endOrphans() async {
        for signal in [0, SIGQUIT, SIGKILL] {
            let orphans = processes
            if signal != 0, !orphans.isEmpty {
                logger.warning("ending what a dead PostgreSQL left behind", metadata: ["count": "\(orphans.count)"])
            }
            for orphan in orphans { kill(orphan, signal) }
            let deadline = ContinuousClock.now.advanced(by: .seconds(5))
            while !processes.isEmpty, ContinuousClock.now < deadline {
                // Another process's end cannot be waited for, only looked for.
                try? await ContinuousClock().sleep(for: .milliseconds(20))
            }
        }
    }

    /// PostgreSQL refuses to start while the process named in one of its lock files lives, whoever that is by now (another
    /// program, or a zombie that nobody buried). When no server process is left in the folder, such a file is removed.
    private func removeLockFilesThatOnlyLookAlive() {
        guard processes.isEmpty else { return }
        for path in ["\(folder.cluster)/postmaster.pid", "\(folder.socketDirectory)/.s.PGSQL.5432.lock"] {
            let lines = FolderFiles.lines(of: path, limit: 2)
            guard lines.count == 2, lines[1] == folder.cluster, let id = Int32(lines[0]) else { continue }
            guard kill(id, 0) == 0 || errno == EPERM else { continue }
            logger.notice("removing a stale lock file of PostgreSQL", metadata: ["file": "\(path)", "pid": "\(id)"])
            unlink(path)
        }
    }

    private func startFailure(_ outcome: ServerProgram.Outcome) async -> EmbeddedServerError {
        let log = try? await programs.run("/usr/bin/tail", ["-n", "12", folder.log])
        return EmbeddedServerError(
            .serverFailed, "PostgreSQL did not start:\n\(outcome.complaint)\n\(log?.output ?? "")",
            fix: "Mend what the server says (No space left on device: free some); its whole log is \(folder.log).")
    }

    @discardableResult
    private func require(
        _ purpose: String, _ program: String, _ arguments: [String]
    ) async throws(EmbeddedServerError) -> ServerProgram.Outcome {
        let outcome = try await programs.run(program, arguments)
        guard outcome.succeeded else {
            throw EmbeddedServerError(
                .serverFailed, "The embedded PostgreSQL failed to \(purpose):\n\(outcome.complaint)",
                fix: "Mend what it says (No space left on device: free some) and start again, or set DATABASE_URL.")
        }
        return outcome
    }

    /// Says that something takes long: after two seconds, then every ten.
    private func reporting<R: Sendable>(
        _ message: Logger.Message, _ operation: @escaping @Sendable () async throws -> R
    ) async throws -> R {
        try await withThrowingTaskGroup(of: R?.self) { group in
            group.addTask { try await operation() }
            group.addTask { [logger] in
                var pause = Duration.seconds(2)
                while !Task.isCancelled {
                    try await ContinuousClock().sleep(for: pause)
                    logger.notice(message)
                    pause = .seconds(10)
                }
                return nil
            }
            defer { group.cancelAll() }
            while let result = try await group.next() {
                if let result { return result }
            }
            throw CancellationError()
        }
    }
}
