import Logging

/// Who uses an embedded server: who comes first starts it, who leaves last stops it, one may own it, whoever comes adopts one
/// that was left running. All of it rests on file locks, which end with their process.
struct ServerTenancy<Server: EmbeddedServer>: Sendable {
    let server: Server

    private var title: String { server.title }
    var logger: Logger { server.logger }

    /// Starts, joins or adopts the server, runs `body`, and leaves the server; the last to leave stops it, cancelled or not.
    nonisolated(nonsending) func withServer<R>(
        _ ownership: ServerOwnership, body: nonisolated(nonsending) () async throws -> R
    ) async throws -> R {
        var usage: FileLock? = try await enter()  // nil again before leaving, so that our own use does not count
        let result: Result<R, any Error>
        do {
            // Cancelled, and waited for, when this scope ends.
            async let _: Void = ownership.isOwner ? supervise() : ()
            result = .success(try await body())
        } catch {
            result = .failure(error)
        }
        withExtendedLifetime(usage) {}
        usage = nil
        await server.shielded { await leave() }
        withExtendedLifetime(ownership) {}
        return try result.get()
    }

    /// Makes sure that the server runs, and that nobody stops it while the returned lock is held.
    private func enter() async throws -> FileLock {
        try await server.folder.prepare()
        let change = try await waitForLock(server.folder.changeLock)
        defer { withExtendedLifetime(change) {} }
        do {
            try await run()
            try await server.furnish()
            guard let usage = try FileLock.take(server.folder.usersLock, .shared) else {
                throw EmbeddedServerError(
                    .timedOut, "\(server.folder.usersLock) is locked by something that is not battlescope.",
                    fix: "Find it with: fuser \(server.folder.usersLock)")
            }
            return usage
        } catch {
            await server.shielded { await stopUnlessUsed() }
            throw error
        }
    }

    private func run() async throws {
        if let process = server.runningProcess(), try await server.waitUntilReady() {
            let alone = try FileLock.take(server.folder.usersLock, .exclusive) != nil
            logger.notice(
                alone ? "adopting a running \(title)" : "joining a running \(title)", metadata: ["pid": "\(process)"])
        } else {
            try await server.create()
            try await server.start()
            logger.info("\(title) started", metadata: ["socket": "\(server.folder.socketDirectory)"])
        }
    }

    private func leave() async {
        do {
            let change = try await waitForLock(server.folder.changeLock)
            await stopUnlessUsed()
            withExtendedLifetime(change) {}
        } catch {
            logger.error("\(title) could not be stopped", metadata: ["error": "\(error)"])
        }
    }

    /// To be called with the change lock, so that nobody joins meanwhile.
    private func stopUnlessUsed() async {
        if let unused = try? FileLock.take(server.folder.usersLock, .exclusive) {
            await server.stop()
            server.folder.removeSocketDirectory()
            withExtendedLifetime(unused) {}
        } else {
            logger.info("leaving \(title) to its other users")
        }
    }

    /// Waits while another process starts or stops the server.
    func waitForLock(_ path: String) async throws -> FileLock {
        // Longer than a start may take; the lock ends with its holder, so this is reached only when that one hangs.
        let deadline = ContinuousClock.now.advanced(by: .seconds(660))
        var said = false
        while ContinuousClock.now < deadline {
            if let lock = try FileLock.take(path, .exclusive) { return lock }
            if !said { logger.notice("waiting for another battlescope that starts or stops \(title)") }
            said = true
            // flock has no asynchronous form, and its blocking one would hold a thread of the pool.
            try await ContinuousClock().sleep(for: .milliseconds(50))
        }
        throw EmbeddedServerError(
            .timedOut, "Another battlescope has been starting or stopping \(title) for eleven minutes.",
            fix: "Look for a hanging battlescope process; the lock is \(path).")
    }
}
