import Foundation

/// The folders and files of an embedded PostgreSQL.
///
/// ```
/// <data directory>/postgres.owner.lock     held by the one that serves      (written by us)
///                  postgres.users.lock     shared by all who use the server
///                  postgres.change.lock    held while it is started or stopped
///                  postgres/               0700, the server's account's
///                    data/ server.log
/// /tmp/battlescope-<8 hex digits>/         0700, the socket: a socket's path may have 107 bytes, a data folder's more
/// ```
struct PostgresFolder: Sendable {
    let dataDirectory: String
    let account: ServerAccount

    var cluster: String { "\(dataDirectory)/postgres/data" }
    var log: String { "\(dataDirectory)/postgres/server.log" }
    var ownerLock: String { "\(dataDirectory)/postgres.owner.lock" }
    var usersLock: String { "\(dataDirectory)/postgres.users.lock" }
    var changeLock: String { "\(dataDirectory)/postgres.change.lock" }
    var socketDirectory: String { "/tmp/battlescope-\(Self.eightHexDigits(of: dataDirectory))" }

    /// The major version that made the cluster; nil when there is none yet.
    var version: Int? { FolderFiles.firstLine(of: "\(cluster)/PG_VERSION").flatMap { Int($0) } }

    /// Makes the data directory and resolves its path.
    init(dataDirectory: String, account: ServerAccount) throws(EmbeddedServerError) {
        // pg_ctl hands these paths to a shell.
        guard dataDirectory.hasPrefix("/"), !dataDirectory.contains(where: { "\"$`\\\n".contains($0) }) else {
            throw EmbeddedServerError(
                .folder,
                "The data folder must be an absolute path without quotes, $, backticks and backslashes: \(dataDirectory)",
                fix: "Choose another with --data-dir or BATTLESCOPE_DATA_DIR.")
        }
        // Another account must get through to its own folder below; names inside stay unreadable.
        try FolderFiles.makeFolder(dataDirectory, mode: account.isOther ? 0o711 : 0o700)
        self.dataDirectory = FolderFiles.resolved(dataDirectory) ?? dataDirectory
        self.account = account
    }

    /// Makes the server's folders, and checks that it can reach its own and that nobody else made the socket's.
    func prepare() async throws(EmbeddedServerError) {
        try makeOwnFolder("\(dataDirectory)/postgres")
        try await requireEntry()
        try makeOwnFolder(socketDirectory)
    }

    /// Removes what `prepare` made in /tmp; does nothing while a socket is in it.
    func removeSocketDirectory() {
        rmdir(socketDirectory)
    }

    private func requireEntry() async throws(EmbeddedServerError) {
        guard account.isOther else { return }
        let script = #"p=; IFS=/; set -f; for n in ${1#/}; do p="$p/$n"; [ -x "$p" ] || { echo "$p"; exit 1; }; done"#
        let outcome = try await ServerProgram(account: account).run("/bin/sh", ["-c", script, "sh", "\(dataDirectory)/postgres"])
        guard outcome.succeeded else {
            let barrier = outcome.output.split(separator: "\n").first.map(String.init) ?? dataDirectory
            throw EmbeddedServerError(
                .folder,
                "PostgreSQL refuses to run as root and runs as the user postgres, which may not enter \(barrier).",
                fix:
                    "Choose a folder everybody may enter (such as /var/lib/battlescope) with --data-dir, or: chmod o+x \(barrier)"
            )
        }
    }

    private func makeOwnFolder(_ path: String) throws(EmbeddedServerError) {
        if mkdir(path, 0o700) == 0 {
            if account.isOther { lchown(path, account.userID, account.groupID) }
        } else if errno != EEXIST {
            throw EmbeddedServerError(
                .folder, "The folder \(path) cannot be made: \(String(cString: strerror(errno))).",
                fix: "Run as the user the data folder belongs to, or choose another with --data-dir.")
        }
        // Of the link itself where it is one: a link in /tmp, or a folder that somebody else made there first, is not to be
        // trusted.
        let attributes = (try? FileManager.default.attributesOfItem(atPath: path)) ?? [:]
        guard attributes[.type] as? FileAttributeType == .typeDirectory,
            (attributes[.ownerAccountID] as? NSNumber)?.uint32Value == account.userID,
            (attributes[.posixPermissions] as? NSNumber).map({ $0.uint16Value & 0o077 == 0 }) == true
        else {
            throw EmbeddedServerError(
                .folder, "\(path) is not a folder of user id \(account.userID) with mode 0700.",
                fix: "If you know it to be harmless, remove it and start again; a data folder must stay with one user.")
        }
    }

    /// FNV-1a, folded to 32 bits: short and stable. Two data folders with the same digits are told apart by the server's
    /// socket lock file: the second fails to start.
    static func eightHexDigits(of path: String) -> String {
        var hash: UInt64 = 0xcbf2_9ce4_8422_2325
        for byte in path.utf8 { hash = (hash ^ UInt64(byte)) &* 0x100_0000_01b3 }
        let digits = String(UInt32(truncatingIfNeeded: hash ^ (hash >> 32)), radix: 16)
        return String(repeating: "0", count: 8 - digits.count) + digits
    }
}
