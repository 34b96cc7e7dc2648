import Glibc
public import Logging

/// A private PostgreSQL in a data folder, from the system's programs, for whoever named no database.
///
/// Any number of processes may use it at once; one of them may be its owner (the one that serves). Who comes first starts it,
/// who leaves last stops it. There is no signal for the death of a parent, so after `kill -9` the server lives on: the next to
/// come adopts it. When the server dies, its owner starts it again. All of it rests on file locks, which end with their process.
public struct EmbeddedPostgres: Sendable {
    /// What a process wants the server for.
    public enum Role: Sendable {
        /// To serve with it, for as long as it runs; there can be one.
        case owner
        /// To run a command with it; joins a running one.
        case guest
    }

    private let dataDirectory: String
    private let binDirectories: [String]?
    let logger: Logger

    /// - Parameters:
    ///   - dataDirectory: absolute; made when missing. Started as root it must be enterable by the user `postgres`.
    ///   - binDirectories: where to look for PostgreSQL's programs; nil for the usual places.
    public init(dataDirectory: String, binDirectories: [String]? = nil, logger: Logger) {
        self.dataDirectory = dataDirectory
        self.binDirectories = binDirectories
        self.logger = logger
    }

    /// Starts, joins or adopts the server, runs `body`, and leaves the server; the last to leave stops it, cancelled or not.
    ///
    /// - Throws: `EmbeddedServerError` when it cannot be had; what `body` throws.
    public nonisolated(nonsending) func withServer<R>(
        role: Role, body: nonisolated(nonsending) (EmbeddedPostgresAddress) async throws -> R
    ) async throws -> R {
        let folder = try PostgresFolder(dataDirectory: dataDirectory, account: .current())
        let ownership = role == .owner ? try takeOwnership(of: folder) : nil
        let installations = try await PostgresInstallation.all(in: binDirectories ?? PostgresInstallation.usualBinDirectories())
        let installation = try PostgresInstallation.choose(from: installations, folderVersion: folder.version)
        let server = PostgresServer(folder: folder, installation: installation, logger: logger)

        var usage: FileLock? = try await enter(server)  // nil again before leaving, so that our own use does not count
        let result: Result<R, any Error>
        do {
            // Cancelled, and waited for, when this scope ends.
            async let _: Void = role == .owner ? supervise(server) : ()
            result = .success(try await body(EmbeddedPostgresAddress(socketDirectory: folder.socketDirectory)))
        } catch {
            result = .failure(error)
        }
        withExtendedLifetime(usage) {}
        usage = nil
        await PostgresServer.shielded { await leave(server) }
        withExtendedLifetime(ownership) {}
        return try result.get()
    }

    private func takeOwnership(of folder: PostgresFolder) throws(EmbeddedServerError) -> FileLock {
        guard let lock = try FileLock.take(folder.ownerLock, .exclusive) else {
            let owner = FileLock.processID(in: folder.ownerLock).map { " (pid \($0))" } ?? ""
            throw EmbeddedServerError(
                .alreadyRunning, "Another battlescope\(owner) already runs with this data folder: \(folder.dataDirectory)",
                fix: "Stop it, or choose another folder with --data-dir or BATTLESCOPE_DATA_DIR.")
        }
        lock.writeProcessID()
        return lock
    }

    /// Makes sure that the server runs, and that nobody stops it while the returned lock is held.
    private func enter(_ server: PostgresServer) async throws -> FileLock {
        try await server.folder.prepare()
        let change = try await waitForLock(server.folder.changeLock)
        defer { withExtendedLifetime(change) {} }
        do {
            try await run(server)
            try await server.createDatabase(EmbeddedPostgresAddress(socketDirectory: server.folder.socketDirectory))
            guard let usage = try FileLock.take(server.folder.usersLock, .shared) else {
                throw EmbeddedServerError(
                    .timedOut, "\(server.folder.usersLock) is locked by something that is not battlescope.",
                    fix: "Find it with: fuser \(server.folder.usersLock)")
            }
            return usage
        } catch {
            await PostgresServer.shielded { await stopUnlessUsed(server) }
            throw error
        }
    }

    private func run(_ server: PostgresServer) async throws {
        if let process = server.runningProcess(), try await server.waitUntilReady() {
            let alone = try FileLock.take(server.folder.usersLock, .exclusive) != nil
            logger.notice(
                alone ? "adopting a running PostgreSQL" : "joining a running PostgreSQL", metadata: ["pid": "\(process)"])
        } else {
            try await server.create()
            try await server.start()
            logger.info("PostgreSQL started", metadata: ["socket": "\(server.folder.socketDirectory)"])
        }
    }

    private func leave(_ server: PostgresServer) async {
        do {
            let change = try await waitForLock(server.folder.changeLock)
            await stopUnlessUsed(server)
            withExtendedLifetime(change) {}
        } catch {
            logger.error("PostgreSQL could not be stopped", metadata: ["error": "\(error)"])
        }
    }

    /// To be called with the change lock, so that nobody joins meanwhile.
    private func stopUnlessUsed(_ server: PostgresServer) async {
        if let unused = try? FileLock.take(server.folder.usersLock, .exclusive) {
            await server.stop()
            server.folder.removeSocketDirectory()
            withExtendedLifetime(unused) {}
        } else {
            logger.info("leaving PostgreSQL to its other users")
        }
    }

    /// Waits while another process starts or stops the server.
    func waitForLock(_ path: String) async throws -> FileLock {
        // Longer than a start may take; the lock ends with its holder, so this is reached only when that one hangs.
        let deadline = ContinuousClock.now.advanced(by: .seconds(660))
        var said = false
        while ContinuousClock.now < deadline {
            if let lock = try FileLock.take(path, .exclusive) { return lock }
            if !said { logger.notice("waiting for another battlescope that starts or stops PostgreSQL") }
            said = true
            // flock has no asynchronous form, and its blocking one would hold a thread of the pool.
            try await ContinuousClock().sleep(for: .milliseconds(50))
        }
        throw EmbeddedServerError(
            .timedOut, "Another battlescope has been starting or stopping PostgreSQL for eleven minutes.",
            fix: "Look for a hanging battlescope process; the lock is \(path).")
    }
}
