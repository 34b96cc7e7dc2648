import Glibc

/// One PostgreSQL on this machine: its programs and its major version.
struct PostgresInstallation: Sendable, Equatable {
    /// Where `postgres`, `initdb`, `pg_ctl`, `psql` lie.
    let binDirectory: String
    let majorVersion: Int

    /// What the SQL of the migrations needs, and what is tested.
    static let oldestMajorVersion = 15

    func program(_ name: String) -> String { "\(binDirectory)/\(name)" }

    /// Where distributions put PostgreSQL, then where PATH finds one.
    static func usualBinDirectories() -> [String] {
        let versioned = FolderFiles.names(in: "/usr/lib/postgresql").map { "/usr/lib/postgresql/\($0)/bin" }
        let packaged = FolderFiles.names(in: "/usr").filter { $0.hasPrefix("pgsql-") }.map { "/usr/\($0)/bin" }
        let path = getenv("PATH").map { String(cString: $0) } ?? ""
        return versioned + packaged + path.split(separator: ":").map(String.init)
    }

    /// Every installation with the programs of a server, newest first.
    static func all(in binDirectories: [String]) async throws(EmbeddedServerError) -> [PostgresInstallation] {
        var found: [PostgresInstallation] = []
        for directory in binDirectories where access("\(directory)/initdb", X_OK) == 0 {
            guard access("\(directory)/postgres", X_OK) == 0, !found.contains(where: { $0.binDirectory == directory }) else {
                continue
            }
            let outcome = try await ServerProgram(account: nil).run("\(directory)/postgres", ["--version"])
            guard outcome.succeeded, let major = majorVersion(in: outcome.output) else { continue }
            found.append(PostgresInstallation(binDirectory: directory, majorVersion: major))
        }
        return found.sorted { $0.majorVersion > $1.majorVersion }
    }

    /// The newest installation, or for an existing folder the one that made it: a server opens only its own major version's.
    static func choose(
        from installations: [PostgresInstallation], folderVersion: Int?
    ) throws(EmbeddedServerError) -> PostgresInstallation {
        let wanted = folderVersion.map { "postgresql-\($0)" } ?? "postgresql-\(oldestMajorVersion)"
        let fix =
            "Install \(wanted) (Debian, Ubuntu: apt-get install \(wanted); in the source tree: make setup), or set DATABASE_URL."
        guard let newest = installations.first else {
            throw EmbeddedServerError(.notInstalled, "PostgreSQL is not installed.", fix: fix)
        }
        guard newest.majorVersion >= oldestMajorVersion else {
            throw EmbeddedServerError(
                .notInstalled,
                "PostgreSQL \(newest.majorVersion) in \(newest.binDirectory) is too old: "
                    + "\(oldestMajorVersion) or later is needed.",
                fix: fix)
        }
        guard let folderVersion else { return newest }
        if let same = installations.first(where: { $0.majorVersion == folderVersion }) { return same }
        throw EmbeddedServerError(
            .notInstalled,
            "The data folder was made by PostgreSQL \(folderVersion), but only \(newest.majorVersion) is installed.",
            fix: "\(fix) Or convert the data folder with pg_upgrade.")
    }

    /// `postgres (PostgreSQL) 15.8 (Debian 15.8-0+deb12u1)` is 15; so are `15rc1` and `15beta2`.
    static func majorVersion(in text: String) -> Int? {
        let words = text.split(whereSeparator: \.isWhitespace)
        guard let name = words.firstIndex(of: "(PostgreSQL)"), name + 1 < words.endIndex else { return nil }
        return Int(words[name + 1].prefix { $0.isNumber })
    }
}
