import Foundation
import Glibc
import Logging
import Testing

@testable import KernelRuntime

@Suite struct EmbeddedPostgresTests {
    @Test("It starts on a private socket without TCP, keeps its data, and stops with its user")
    func lifetime() async throws {
        try await withScratch { scratch in
            let settings = try await scratch.postgres.withServer(role: .owner) { address in
                #expect(address.url.hasPrefix("postgres:///battlescope?host=/tmp/battlescope-"))
                #expect(scratch.mode(of: address.socketDirectory) == 0o700)
                #expect(scratch.mode(of: "\(scratch.path)/postgres/data") == 0o700)
                try await scratch.psql(address, "CREATE TABLE ships (name text)")
                return try await scratch.psql(
                    address,
                    """
                    SELECT concat_ws(' ', current_setting('listen_addresses') || '-', current_setting('data_checksums'),
                        current_setting('max_connections'), current_setting('server_encoding'), datcollate,
                        current_setting('timezone'))
                    FROM pg_database WHERE datname = current_database()
                    """)
            }
            #expect(settings == "- on 200 UTF8 C.UTF-8 UTC\n")
            #expect(scratch.postmaster() == nil)
            let kept = try await scratch.postgres.withServer(role: .guest) {
                try await scratch.psql($0, "SELECT count(*) FROM ships")
            }
            #expect(kept == "0\n")
            #expect(scratch.postmaster() == nil)
        }
    }

    @Test("Its log tells of refused rows, not what stands in them")
    func quietLog() async throws {
        try await withScratch { scratch in
            try await scratch.postgres.withServer(role: .owner) { address in
                try await scratch.psql(address, "CREATE TABLE ships (name text CONSTRAINT no_ships CHECK (false))")
                await #expect(throws: EmbeddedServerError.self) {
                    try await scratch.psql(address, "INSERT INTO ships SELECT repeat('canary', 2)")
                }
            }
            let log = try String(contentsOfFile: "\(scratch.path)/postgres/server.log", encoding: .utf8)
            #expect(log.contains("no_ships") && !log.contains("canarycanary"))
        }
    }

    @Test("There is one owner; the second is told who the first is")
    func oneOwner() async throws {
        try await withScratch { scratch in
            try await scratch.postgres.withServer(role: .owner) { _ in
                let error = await #expect(throws: EmbeddedServerError.self) {
                    try await scratch.postgres.withServer(role: .owner) { _ in }
                }
                #expect(error?.code == .alreadyRunning)
                #expect(
                    error?.message.hasPrefix("Another battlescope (pid \(getpid())) already runs with this data folder") == true)
            }
        }
    }

    @Test("A server that is killed comes back for its owner, with what was committed")
    func comesBack() async throws {
        try await withScratch { scratch in
            try await scratch.postgres.withServer(role: .owner) { address in
                try await scratch.psql(address, "CREATE TABLE ships (name text)")
                try await scratch.psql(address, "INSERT INTO ships VALUES ('Rifter')")
                let first = try #require(scratch.postmaster())
                #expect(kill(first, SIGKILL) == 0)
                var kept: String?
                let deadline = ContinuousClock.now.advanced(by: .seconds(60))
                while kept == nil, ContinuousClock.now < deadline {
                    kept = try? await scratch.psql(address, "SELECT name FROM ships")
                }
                #expect(kept == "Rifter\n")
                #expect(scratch.postmaster() != first)
            }
            #expect(scratch.postmaster() == nil, "the owner stops the second server as it would have stopped the first")
        }
    }

    @Test("A command joins the running server, and who leaves last stops it")
    func lastOneStops() async throws {
        try await withScratch { scratch in
            let (ownerIsIn, letOwnerLeave) = (Signal(), Signal())
            let owner = Task {
                defer { ownerIsIn.send() }  // when it cannot start, the test fails below instead of waiting
                try await scratch.postgres.withServer(role: .owner) { _ in
                    ownerIsIn.send()
                    await letOwnerLeave.wait()
                }
            }
            await ownerIsIn.wait()
            let first = scratch.postmaster()
            #expect(first != nil)
            try await scratch.postgres.withServer(role: .guest) { _ in #expect(scratch.postmaster() == first) }
            #expect(scratch.postmaster() == first, "a guest must not stop what others use")
            try await scratch.postgres.withServer(role: .guest) { address in
                letOwnerLeave.send()
                try await owner.value
                let answer = try await scratch.psql(address, "SELECT 1")
                #expect(answer == "1\n", "the owner left while a command still worked")
            }
            #expect(scratch.postmaster() == nil)
        }
    }

    @Test("A server whose owner was killed is adopted, and stopped by whoever adopted it")
    func adoption() async throws {
        try await withScratch { scratch in
            // What kill -9 leaves: a server that runs, and no locks.
            let server = try await scratch.server()
            try await server.create()
            try await server.start()
            let orphan = try #require(scratch.postmaster())
            try await scratch.postgres.withServer(role: .owner) { address in
                #expect(scratch.postmaster() == orphan)
                let answer = try await scratch.psql(address, "SELECT 1")
                #expect(answer == "1\n")
            }
            #expect(scratch.postmaster() == nil)
        }
    }

    @Test("After a crash of the server it recovers, even when its process id now belongs to another program")
    func crashRecovery() async throws {
        try await withScratch { scratch in
            let server = try await scratch.server()
            try await server.create()
            try await server.start()
            try await server.createDatabase(scratch.address)
            try await scratch.psql(scratch.address, "CREATE TABLE ships (name text)")
            let postmaster = try #require(scratch.postmaster())
            kill(postmaster, SIGKILL)
            try await scratch.waitUntilNobodyWorks()
            let file = "\(scratch.path)/postgres/data/postmaster.pid"
            let stale = try String(contentsOfFile: file, encoding: .utf8)
            // As written by a container whose ids start anew: process 1 lives, and is not PostgreSQL.
            let handle = try #require(FileHandle(forUpdatingAtPath: file))
            try handle.truncate(atOffset: 0)
            try handle.write(contentsOf: Data(stale.replacingOccurrences(of: "\(postmaster)\n", with: "1\n").utf8))
            try handle.close()
            let count = try await scratch.postgres.withServer(role: .guest) {
                try await scratch.psql($0, "SELECT count(*) FROM ships")
            }
            #expect(count == "0\n")
        }
    }

    @Test("A cancelled or failing user still leaves no server behind")
    func cancelled() async throws {
        try await withScratch { scratch in
            struct Broken: Error {}
            await #expect(throws: Broken.self) {
                try await scratch.postgres.withServer(role: .owner) { _ in throw Broken() }
            }
            #expect(scratch.postmaster() == nil)
            let isIn = Signal()
            let user = Task {
                defer { isIn.send() }
                try await scratch.postgres.withServer(role: .owner) { _ in
                    isIn.send()
                    try await ContinuousClock().sleep(for: .seconds(600))
                }
            }
            await isIn.wait()
            user.cancel()
            await #expect(throws: CancellationError.self) { try await user.value }
            #expect(scratch.postmaster() == nil)
        }
    }
}
