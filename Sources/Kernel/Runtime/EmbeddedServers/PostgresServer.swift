import Glibc
import Logging

/// The PostgreSQL of one data folder.
struct PostgresServer: EmbeddedServer {
    let folder: ServerFolder
    let installation: PostgresInstallation
    let logger: Logger
    /// Crash recovery reads the whole write-ahead log since the last checkpoint; minutes are normal after heavy writing.
    var startDeadlineSeconds = 600
    /// A fast shutdown writes a checkpoint; afterwards an immediate one, which the next start recovers from.
    var stopDeadlineSeconds = 30

    var cluster: String { "\(folder.home)/data" }
    /// A postmaster works in its data folder, and so do its children.
    var workingDirectory: String { cluster }

    func runningProcess() -> Int32? {
        guard let id = FolderFiles.firstLine(of: "\(cluster)/postmaster.pid").flatMap({ Int32($0) }), worksHere(id) else {
            return nil
        }
        return id
    }

    /// Makes the cluster unless there is one. It appears under its name only when complete, so a crash leaves no half of one.
    func create() async throws(EmbeddedServerError) {
        guard Self.version(of: folder) == nil else { return }
        guard !FolderFiles.exists(cluster) else {
            throw EmbeddedServerError(
                .folder, "\(cluster) exists but is not a PostgreSQL data folder (it has no PG_VERSION).",
                fix: "Move it away, or restore it from a backup.")
        }
        let unfinished = cluster + ".new"
        try await require("remove an unfinished cluster", "/bin/rm", ["-rf", unfinished])
        logger.info("creating a PostgreSQL cluster", metadata: ["folder": "\(cluster)"])
        try await require(
            "initdb", installation.program("initdb"),
            [
                "-D", unfinished, "-U", "battlescope", "--auth-local=trust", "--auth-host=reject", "--locale=C.UTF-8", "-E",
                "UTF8",
                "--data-checksums",
            ])
        try await require("put the cluster in its place", "/bin/mv", [unfinished, cluster])
    }

    func start() async throws {
        // They end by themselves as soon as they look up from their work; those that do not are told to drop it, which loses
        // nothing that was committed. While they live PostgreSQL refuses to start.
        await endOrphans(signals: [0, SIGQUIT, SIGKILL])
        removeLockFilesThatOnlyLookAlive()
        try await rotateLog()
        do {
            let outcome = try await reporting("PostgreSQL is still starting, probably recovering from a crash") {
                [programs, installation, arguments = startArguments] in
                try await programs.run(installation.program("pg_ctl"), arguments)
            }
            try Task.checkCancellation()
            guard outcome.succeeded else { throw await startFailure(outcome.complaint) }
        } catch {
            await shielded { await stop() }
            throw error
        }
    }

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

    func furnish() async throws {
        try await createDatabase(EmbeddedPostgresAddress(socketDirectory: folder.socketDirectory))
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

    /// Connections end, a checkpoint is written.
    func stop() async {
        guard let process = runningProcess() else { return }
        for (mode, seconds) in [("fast", stopDeadlineSeconds), ("immediate", 10)] {
            let outcome = try? await programs.run(
                installation.program("pg_ctl"), ["stop", "-D", cluster, "-m", mode, "-w", "-t", "\(seconds)"])
            // pg_ctl returns when the lock file is gone, a moment before the process is.
            if await ends(process, withinSeconds: outcome?.succeeded == true ? 10 : 0) {
                logger.info("PostgreSQL stopped", metadata: ["mode": "\(mode)"])
                return
            }
            logger.warning("PostgreSQL did not stop", metadata: ["mode": "\(mode)", "error": "\(outcome?.complaint ?? "")"])
        }
    }

    // MARK: Details

    private var startArguments: [String] {
        let settings = [
            "listen_addresses=", "unix_socket_directories=\(folder.socketDirectory)", "unix_socket_permissions=0700",
            "max_connections=200", "timezone=UTC", "log_timezone=UTC", "log_checkpoints=off", "log_min_messages=warning",
            // Details of errors quote whole rows, with addresses and tokens in them.
            "log_error_verbosity=terse",
        ]
        return [
            "start", "-D", cluster, "-l", folder.log, "-w", "-t", "\(startDeadlineSeconds)",
            "-o", settings.map { "-c \($0)" }.joined(separator: " "),
        ]
    }

    /// PostgreSQL refuses to start while the process named in one of its lock files lives, whoever that is by now (another
    /// program, or a zombie that nobody buried). When no server process is left in the folder, such a file is removed.
    private func removeLockFilesThatOnlyLookAlive() {
        guard processes.isEmpty else { return }
        for path in ["\(cluster)/postmaster.pid", "\(folder.socketDirectory)/.s.PGSQL.5432.lock"] {
            let lines = FolderFiles.lines(of: path, limit: 2)
            guard lines.count == 2, lines[1] == cluster, let id = Int32(lines[0]) else { continue }
            guard kill(id, 0) == 0 || errno == EPERM else { continue }
            logger.notice("removing a stale lock file of PostgreSQL", metadata: ["file": "\(path)", "pid": "\(id)"])
            unlink(path)
        }
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

extension PostgresServer {
    init(
        folder: ServerFolder, installations: [PostgresInstallation], logger: Logger
    ) throws(EmbeddedServerError) {
        let installation = try PostgresInstallation.choose(from: installations, folderVersion: Self.version(of: folder))
        self.init(folder: folder, installation: installation, logger: logger)
    }

    /// The major version that made the cluster; nil when there is none yet.
    private static func version(of folder: ServerFolder) -> Int? {
        FolderFiles.firstLine(of: "\(folder.home)/data/PG_VERSION").flatMap { Int($0) }
    }
}
