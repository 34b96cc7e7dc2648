import Foundation
import Glibc
import Logging
import Testing

@testable import KernelRuntime

@Suite struct EmbeddedRedisTests {
    @Test("It starts on a private socket without TCP, evicts nothing, writes nothing, and stops with its user")
    func lifetime() async throws {
        try await withScratch { scratch in
            try await scratch.redis.withServer(role: .owner) { url in
                #expect(url == "redis+unix://\(scratch.redisSocket)")
                #expect(scratch.mode(of: scratch.redisSocket) == 0o700)
                #expect(scratch.mode(of: (scratch.redisSocket as NSString).deletingLastPathComponent) == 0o700)
                #expect(scratch.mode(of: "\(scratch.path)/redis") == 0o700)
                try await scratch.redisCLI("SET", "ship", "Rifter")
                for (setting, value) in [
                    ("port", "0"), ("save", ""), ("appendonly", "no"), ("maxmemory-policy", "noeviction"),
                    ("maxmemory", "268435456"),
                ] {
                    let answer = try await scratch.redisCLI("CONFIG", "GET", setting)
                    #expect(answer == "\(setting)\n\(value)\n")
                }
            }
            #expect(scratch.redisProcess() == nil)
            #expect(!FileManager.default.fileExists(atPath: scratch.redisSocket))
            let kept = try await scratch.redis.withServer(role: .guest) { _ in try await scratch.redisCLI("GET", "ship") }
            #expect(kept == "\n", "nothing is kept on disk")
            #expect(scratch.redisProcess() == nil)
        }
    }

    @Test("Started as root, it runs as the user of PostgreSQL", .enabled(if: geteuid() == 0))
    func account() async throws {
        try await withScratch { scratch in
            try await scratch.redis.withServer(role: .owner) { _ in
                let process = try #require(scratch.redisProcess())
                var status = stat()
                #expect(lstat("/proc/\(process)", &status) == 0)
                #expect(status.st_uid == (try ServerAccount.current()).userID)
            }
        }
    }

    @Test("There is one owner; the second is told who the first is")
    func oneOwner() async throws {
        try await withScratch { scratch in
            try await scratch.redis.withServer(role: .owner) { _ in
                let error = await scratch.redisRefusal(binDirectories: nil)
                #expect(error?.code == .alreadyRunning)
                #expect(error?.message.contains("(pid \(getpid()))") == true)
            }
        }
    }

    @Test("A server that is killed comes back for its owner, and is stopped with it")
    func comesBack() async throws {
        try await withScratch { scratch in
            try await scratch.redis.withServer(role: .owner) { _ in
                let first = try #require(scratch.redisProcess())
                #expect(kill(first, SIGKILL) == 0)
                var answer: String?
                let deadline = ContinuousClock.now.advanced(by: .seconds(60))
                while answer == nil, ContinuousClock.now < deadline { answer = try? await scratch.redisCLI("PING") }
                #expect(answer == "PONG\n")
                #expect(scratch.redisProcess() != first)
            }
            #expect(scratch.redisProcess() == nil)
        }
    }

    @Test("A command joins the running server, and who leaves last stops it")
    func lastOneStops() async throws {
        try await withScratch { scratch in
            try await scratch.redis.withServer(role: .guest) { _ in
                let first = scratch.redisProcess()
                #expect(first != nil)
                try await scratch.redis.withServer(role: .owner) { _ in #expect(scratch.redisProcess() == first) }
                #expect(scratch.redisProcess() == first, "the owner must not stop what a command uses")
            }
            #expect(scratch.redisProcess() == nil)
        }
    }

    @Test("A server whose owner was killed is adopted, and stopped by whoever adopted it")
    func adoption() async throws {
        try await withScratch { scratch in
            // What kill -9 leaves: a server that runs, and no locks.
            let server = try await scratch.redisServer()
            try await server.start()
            let orphan = try #require(scratch.redisProcess())
            try await scratch.redisCLI("SET", "ship", "Rifter")
            try await scratch.redis.withServer(role: .owner) { _ in
                #expect(scratch.redisProcess() == orphan)
                let answer = try await scratch.redisCLI("GET", "ship")
                #expect(answer == "Rifter\n")
            }
            #expect(scratch.redisProcess() == nil)
        }
    }

    @Test("A process id file that names somebody else stops neither the start nor somebody else")
    func staleProcessID() async throws {
        try await withScratch { scratch in
            let server = try await scratch.redisServer()
            // As written by a container whose ids start anew: process 1 lives, and is not Redis.
            try "1\n".write(toFile: "\(scratch.path)/redis/redis.pid", atomically: true, encoding: .utf8)
            #expect(server.runningProcess() == nil)
            await server.stop()
            try await scratch.redis.withServer(role: .owner) { _ in
                let answer = try await scratch.redisCLI("PING")
                #expect(answer == "PONG\n")
            }
            #expect(scratch.redisProcess() == nil)
        }
    }

    @Test("A server that hangs is killed when it does not stop")
    func hangs() async throws {
        try await withScratch { scratch in
            var server = try await scratch.redisServer()
            server.stopDeadlineSeconds = 1
            try await server.start()
            let process = try #require(scratch.redisProcess())
            #expect(kill(process, SIGSTOP) == 0)
            await server.stop()
            #expect(scratch.redisProcess() == nil)
        }
    }

    @Test("PostgreSQL and Redis live in one data folder without touching each other")
    func together() async throws {
        try await withScratch { scratch in
            try await scratch.postgres.withServer(role: .owner) { address in
                try await scratch.redis.withServer(role: .owner) { _ in
                    let answer = try await scratch.redisCLI("PING")
                    #expect(answer == "PONG\n")
                    let one = try await scratch.psql(address, "SELECT 1")
                    #expect(one == "1\n")
                }
                #expect(scratch.redisProcess() == nil && scratch.postmaster() != nil)
            }
        }
    }

    @Test("Without Redis 7 one learns what to install")
    func notInstalled() async throws {
        try await withScratch { scratch in
            let missing = await scratch.redisRefusal(binDirectories: ["/nowhere"])
            #expect(missing?.code == .notInstalled && missing?.message == "Redis is not installed.")
            let bin = try scratch.fakePrograms(version: "15.1", initdb: "exit 0")
            try scratch.fakeRedis("echo 'Redis server v=6.0.16 sha=00000000:0 malloc=jemalloc-5.2.1 bits=64'")
            let old = await scratch.redisRefusal(binDirectories: [bin])
            #expect(old?.message == "Redis 6 in \(bin) is too old: 7 or later is needed.")
            #expect(old?.fix.contains("REDIS_URL") == true)
            #expect(RedisInstallation.majorVersion(in: "something else") == nil)
        }
    }

    @Test("When the server does not start, its own words are reported")
    func doesNotStart() async throws {
        try await withScratch { scratch in
            let bin = try scratch.fakePrograms(version: "15.1", initdb: "exit 0")
            try scratch.fakeRedis(
                #"[ "$1" = --version ] && echo 'Redis server v=7.2.1' && exit; echo "Cannot allocate memory" >&2; exit 1"#)
            let error = await scratch.redisRefusal(binDirectories: [bin])
            #expect(error?.code == .serverFailed && error?.message.contains("Cannot allocate memory") == true)
            try scratch.fakeRedis(
                #"""
                [ "$1" = --version ] && echo 'Redis server v=7.2.1' && exit
                while [ "$1" != --logfile ]; do shift; done; echo "Failed opening Unix socket" >"$2"
                """#)
            let late = await scratch.redisRefusal(binDirectories: [bin])
            #expect(late?.code == .serverFailed && late?.message.contains("Failed opening Unix socket") == true)
        }
    }
}

extension EmbeddedPostgresScratch {
    var redis: EmbeddedRedis { EmbeddedRedis(dataDirectory: path, logger: Self.logger) }
    var redisSocket: String { "\(address.socketDirectory)-redis/redis.sock" }

    /// The server without any of the locks.
    fileprivate func redisServer() async throws -> RedisServer {
        let folder = try ServerFolder(.redis, dataDirectory: path, account: .current())
        try await folder.prepare()
        let installation = try await RedisInstallation.find(in: RedisInstallation.usualBinDirectories())
        return RedisServer(folder: folder, installation: installation, logger: Self.logger)
    }

    @discardableResult
    func redisCLI(_ arguments: String...) async throws -> String {
        let outcome = try await ServerProgram(account: nil).run("/usr/bin/redis-cli", ["-e", "-s", redisSocket] + arguments)
        guard outcome.succeeded else { throw EmbeddedServerError(.serverFailed, outcome.complaint, fix: "") }
        return outcome.output
    }

    /// Asks for a server that cannot be had.
    fileprivate func redisRefusal(binDirectories: [String]?) async -> EmbeddedServerError? {
        do {
            try await EmbeddedRedis(dataDirectory: path, binDirectories: binDirectories, logger: Self.logger)
                .withServer(role: .owner) { _ in }
            return nil
        } catch {
            return error as? EmbeddedServerError
        }
    }

    /// A `redis-server` that only does what the script says, beside the other fake programs.
    fileprivate func fakeRedis(_ script: String) throws {
        for (name, script) in [("redis-server", script), ("redis-cli", "exit 1")] {
            try "#!/bin/sh\n\(script)\n".write(toFile: "\(path)/bin/\(name)", atomically: true, encoding: .utf8)
            chmod("\(path)/bin/\(name)", 0o755)
        }
    }
}
