import Foundation

/// The folders and files of an embedded server.
///
/// ```
/// <data directory>/postgres.owner.lock     held by the one that serves      (written by us)
///                  postgres.users.lock     shared by all who use the server
///                  postgres.change.lock    held while it is started or stopped
///                  postgres/               0700, the server's account's
///                    data/ server.log
///                  redis...                likewise
/// /tmp/battlescope-<8 hex digits>/         0700, PostgreSQL's socket: a socket's path may have 107 bytes, a data folder's more
/// /tmp/battlescope-<8 hex digits>-redis/   0700, Redis's
/// ```
struct ServerFolder: Sendable {
    let kind: ServerKind
    let dataDirectory: String
    let account: ServerAccount

    /// What is the server's own.
    var home: String { "\(dataDirectory)/\(kind.rawValue)" }
    var log: String { "\(home)/server.log" }
    var ownerLock: String { "\(home).owner.lock" }
    var usersLock: String { "\(home).users.lock" }
    var changeLock: String { "\(home).change.lock" }
    /// One for each server, because each removes its own.
    var socketDirectory: String {
        "/tmp/battlescope-\(Self.eightHexDigits(of: dataDirectory))\(kind == .postgres ? "" : "-\(kind.rawValue)")"
    }

    /// Makes the data directory and resolves its path.
    init(_ kind: ServerKind, dataDirectory: String, account: ServerAccount) throws(EmbeddedServerError) {
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
        self.kind = kind
    }

    /// Makes the server's folders, and checks that it can reach its own and that nobody else made the socket's.
    func prepare() async throws(EmbeddedServerError) {
        try makeOwnFolder(home)
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
        let outcome = try await ServerProgram(account: account).run("/bin/sh", ["-c", script, "sh", home])
        guard outcome.succeeded else {
            let barrier = outcome.output.split(separator: "\n").first.map(String.init) ?? dataDirectory
            throw EmbeddedServerError(
                .folder,
                "Started as root, \(kind.title) runs as the user postgres, which may not enter \(barrier).",
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

    /// FNV-1a, folded to 32 bits: short and stable. Two data folders with the same digits are told apart by PostgreSQL's
    /// socket lock file: the second fails to start (and Redis is only embedded together with it).
    static func eightHexDigits(of path: String) -> String {
        var hash: UInt64 = 0xcbf2_9ce4_8422_2325
        for byte in path.utf8 { hash = (hash ^ UInt64(byte)) &* 0x100_0000_01b3 }
        let digits = String(UInt32(truncatingIfNeeded: hash ^ (hash >> 32)), radix: 16)
        return String(repeating: "0", count: 8 - digits.count) + digits
    }
}
