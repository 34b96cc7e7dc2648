import Foundation
import Glibc
import Testing

@testable import KernelRuntime

@Suite struct EmbeddedPostgresRefusalTests {
    @Test("A PostgreSQL older than 15 is refused with what to install")
    func oldVersion() async throws {
        try await withScratch { scratch in
            let bin = try scratch.fakePrograms(version: "13.4 (Debian 13.4-1)", initdb: "exit 0")
            let error = await scratch.refusal(binDirectories: [bin])
            #expect(error?.code == .notInstalled)
            #expect(error?.message == "PostgreSQL 13 in \(bin) is too old: 15 or later is needed.")
            #expect(error?.fix.contains("apt-get install postgresql-15") == true)
        }
    }

    @Test("Without PostgreSQL one learns what to install")
    func notInstalled() async throws {
        try await withScratch { scratch in
            let error = await scratch.refusal(binDirectories: ["/nowhere"])
            #expect(error?.message == "PostgreSQL is not installed.")
        }
    }

    @Test("A data folder of another major version is refused, not touched")
    func otherMajorVersion() async throws {
        try await withScratch { scratch in
            try scratch.write("12\n", to: "postgres/data/PG_VERSION")
            let bin = try scratch.fakePrograms(version: "17.2", initdb: "exit 0")
            let error = await scratch.refusal(binDirectories: [bin])
            #expect(error?.message == "The data folder was made by PostgreSQL 12, but only 17 is installed.")
            #expect(error?.fix.contains("postgresql-12") == true)
        }
    }

    @Test("The newest version makes a new folder; an existing folder gets its own")
    func choice() throws {
        let installed = [18, 16, 15].map { PostgresInstallation(binDirectory: "/pg/\($0)", majorVersion: $0) }
        #expect(try PostgresInstallation.choose(from: installed, folderVersion: nil).majorVersion == 18)
        #expect(try PostgresInstallation.choose(from: installed, folderVersion: 15).majorVersion == 15)
        #expect(PostgresInstallation.majorVersion(in: "postgres (PostgreSQL) 19beta1\n") == 19)
        #expect(PostgresInstallation.majorVersion(in: "something else") == nil)
    }

    @Test("When initdb fails, its own message is reported and nothing half-made stays")
    func initdbFails() async throws {
        try await withScratch { scratch in
            let bin = try scratch.fakePrograms(
                version: "15.9", initdb: #"mkdir -p "$2"; echo "could not write file: No space left on device" >&2; exit 1"#)
            let error = await scratch.refusal(binDirectories: [bin])
            #expect(error?.code == .serverFailed)
            #expect(error?.message.contains("could not write file: No space left on device") == true)
            #expect(!FileManager.default.fileExists(atPath: "\(scratch.path)/postgres/data"))
        }
    }

    @Test("A folder that is no data folder is not overwritten")
    func foreignFolder() async throws {
        try await withScratch { scratch in
            try scratch.write("dear diary", to: "postgres/data/notes.txt")
            let error = await scratch.refusal(binDirectories: nil)
            #expect(error?.message.contains("is not a PostgreSQL data folder") == true)
        }
    }

    @Test("A socket folder that others may enter is not trusted")
    func untrustedSocketFolder() async throws {
        try await withScratch { scratch in
            #expect(mkdir(scratch.address.socketDirectory, 0o755) == 0)
            chmod(scratch.address.socketDirectory, 0o755)
            let error = await scratch.refusal(binDirectories: nil)
            #expect(error?.code == .folder)
            #expect(error?.message.contains(scratch.address.socketDirectory) == true)
        }
    }

    @Test(
        "Started as root, a data folder that the user postgres may not reach is refused with the barrier",
        .enabled(if: geteuid() == 0))
    func unreachableFolder() async throws {
        try await withScratch { scratch in
            let barrier = "\(scratch.path)/closed"
            #expect(mkdir(barrier, 0o700) == 0)
            let error = await scratch.refusal(binDirectories: nil, dataDirectory: "\(barrier)/data")
            #expect(error?.code == .folder)
            #expect(error?.message.hasSuffix("may not enter \(barrier).") == true)
        }
    }

    @Test("A path that a shell would misread is refused")
    func oddPath() async throws {
        try await withScratch { scratch in
            let error = await scratch.refusal(binDirectories: nil, dataDirectory: "\(scratch.path)/$(id)")
            #expect(error?.code == .folder)
        }
    }
}
