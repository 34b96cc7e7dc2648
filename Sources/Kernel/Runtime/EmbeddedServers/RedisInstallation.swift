import Glibc

/// One Redis on this machine: its programs and its major version.
struct RedisInstallation: Sendable, Equatable {
    /// Where `redis-server` and `redis-cli` lie.
    let binDirectory: String
    let majorVersion: Int

    /// What is tested.
    static let oldestMajorVersion = 7

    func program(_ name: String) -> String { "\(binDirectory)/\(name)" }

    /// Where distributions and `make install` put Redis, then where PATH finds one.
    static func usualBinDirectories() -> [String] {
        let path = getenv("PATH").map { String(cString: $0) } ?? ""
        return ["/usr/bin", "/usr/local/bin"] + path.split(separator: ":").map(String.init)
    }

    /// The newest one that can be used.
    static func find(in binDirectories: [String]) async throws(EmbeddedServerError) -> RedisInstallation {
        let fix =
            "Install redis-server 7 (Debian 12: apt-get install redis-server; in the source tree: make setup), or set REDIS_URL."
        var newest: RedisInstallation?
        for directory in binDirectories {
            guard access("\(directory)/redis-server", X_OK) == 0, access("\(directory)/redis-cli", X_OK) == 0 else { continue }
            let outcome = try await ServerProgram(account: nil).run("\(directory)/redis-server", ["--version"])
            guard outcome.succeeded, let major = majorVersion(in: outcome.output) else { continue }
            if major > newest?.majorVersion ?? 0 { newest = RedisInstallation(binDirectory: directory, majorVersion: major) }
        }
        guard let newest else {
            throw EmbeddedServerError(.notInstalled, "Redis is not installed.", fix: fix)
        }
        guard newest.majorVersion >= oldestMajorVersion else {
            throw EmbeddedServerError(
                .notInstalled,
                "Redis \(newest.majorVersion) in \(newest.binDirectory) is too old: \(oldestMajorVersion) or later is needed.",
                fix: fix)
        }
        return newest
    }

    /// `Redis server v=7.0.15 sha=00000000:0 malloc=jemalloc-5.3.0 bits=64 build=ae4d7c971a948f0` is 7.
    static func majorVersion(in text: String) -> Int? {
        guard let word = text.split(whereSeparator: \.isWhitespace).first(where: { $0.hasPrefix("v=") }) else { return nil }
        return Int(word.dropFirst(2).prefix { $0.isNumber })
    }
}
