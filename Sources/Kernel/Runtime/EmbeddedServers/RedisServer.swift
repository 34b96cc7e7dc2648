import Glibc
import Logging

/// The Redis of one data folder. It keeps nothing on disk: what must not vanish is in PostgreSQL.
struct RedisServer: EmbeddedServer {
    let folder: ServerFolder
    let installation: RedisInstallation
    let logger: Logger
    /// It has nothing to load.
    var startDeadlineSeconds = 30
    /// It has nothing to write.
    var stopDeadlineSeconds = 10

    /// At this size writes are refused: nothing is evicted, because sessions and counters lie beside what could be.
    private static let memoryLimit = "256mb"

    var workingDirectory: String { folder.home }
    var socket: String { "\(folder.socketDirectory)/redis.sock" }
    private var processFile: String { "\(folder.home)/redis.pid" }

    func runningProcess() -> Int32? {
        FolderFiles.firstLine(of: processFile).flatMap { Int32($0) }.flatMap { worksHere($0) ? $0 : nil }
    }

    func start() async throws {
        await endOrphans(signals: [SIGTERM, SIGKILL])
        try await rotateLog()
        do {
            try await require("start", installation.program("redis-server"), startArguments)
            guard try await waitUntilReady() else { throw await startFailure("It ended at once.") }
        } catch {
            await shielded { await stop() }
            throw error
        }
    }

    func waitUntilReady() async throws -> Bool {
        let deadline = ContinuousClock.now.advanced(by: .seconds(startDeadlineSeconds))
        // Not by the process id's file, which is written late. Between fork and chdir nothing is missed: the server changes its
        // folder before it leaves its parent.
        while !processes.isEmpty {
            // redis-cli itself would wait for ever on a server that hangs.
            let outcome = try await programs.run(
                "/usr/bin/timeout", ["2", installation.program("redis-cli"), "-s", socket, "PING"])
            if outcome.succeeded, outcome.output.hasPrefix("PONG") { return true }
            guard ContinuousClock.now < deadline else {
                throw EmbeddedServerError(
                    .timedOut, "Redis runs but does not answer after \(startDeadlineSeconds) s.", fix: "Look into \(folder.log).")
            }
            try await ContinuousClock().sleep(for: .milliseconds(20))
        }
        return false
    }

    func stop() async {
        for (signal, seconds) in [(SIGTERM, stopDeadlineSeconds), (SIGKILL, 10)] {
            guard let process = runningProcess() ?? processes.first else { return }
            kill(process, signal)
            if await ends(process, withinSeconds: seconds) {
                logger.info("Redis stopped")
                return
            }
            logger.warning("Redis did not stop", metadata: ["signal": "\(signal)"])
        }
    }

    private var startArguments: [String] {
        let settings = [
            "daemonize": "yes", "pidfile": processFile, "logfile": folder.log, "dir": folder.home, "port": "0",
            "unixsocket": socket,
            "unixsocketperm": "700", "save": "", "appendonly": "no", "maxmemory": Self.memoryLimit,
            "maxmemory-policy": "noeviction", "maxclients": "1000",
        ]
        return settings.sorted { $0.key < $1.key }.flatMap { ["--\($0.key)", $0.value] }
    }
}
