import Glibc

/// The system account the servers run as.
///
/// PostgreSQL refuses to run as root, so started as root its programs run as the system user `postgres`; otherwise as oneself.
package struct ServerAccount: Sendable, Equatable {
    let userID: UInt32
    let groupID: UInt32
    /// Nil when no change of user is needed.
    let supplementaryGroups: [UInt32]?

    /// True when the programs run as somebody other than this process.
    var isOther: Bool { supplementaryGroups != nil }

    package static func current() throws(EmbeddedServerError) -> ServerAccount {
        guard geteuid() == 0 else {
            return ServerAccount(userID: geteuid(), groupID: getegid(), supplementaryGroups: nil)
        }
        return try named("postgres")
    }

    private static func named(_ name: String) throws(EmbeddedServerError) -> ServerAccount {
        // getpwnam's answer lies in static storage and is copied at once; nothing else here reads the user database.
        guard let entry = getpwnam(name) else {
            throw EmbeddedServerError(
                .notInstalled, "PostgreSQL refuses to run as root, and the system user '\(name)' does not exist.",
                fix: "Install PostgreSQL's package (it creates the user), or run battlescope as an ordinary user.")
        }
        let (user, group) = (entry.pointee.pw_uid, entry.pointee.pw_gid)
        var count: Int32 = 64
        var groups = [UInt32](repeating: 0, count: Int(count))
        guard getgrouplist(name, group, &groups, &count) >= 0 else {
            return ServerAccount(userID: user, groupID: group, supplementaryGroups: [group])
        }
        return ServerAccount(userID: user, groupID: group, supplementaryGroups: Array(groups.prefix(Int(count))))
    }

    /// The command that runs a program as this account, in a session of its own: Ctrl-C at the terminal is for battlescope to
    /// handle, a pg_ctl that dies half-way helps nobody.
    ///
    /// Not by swift-subprocess's `PlatformOptions.userID` (1.0.2): its child calls setgroups and setuid after a bare clone3, and
    /// in glibc these take a lock that another thread may have held at that moment. The child then waits for ever, and the
    /// caller with it (seen here; swift-subprocess issue 374 is its sibling). setpriv and setsid (util-linux) do it after the
    /// exec, alone. For the same reason no other platform option is used: without any, swift-subprocess calls posix_spawn.
    var commandPrefix: [String] {
        guard let supplementaryGroups else { return ["/usr/bin/setsid", "--wait"] }
        let groups = supplementaryGroups.map { "\($0)" }.joined(separator: ",")
        return [
            "/usr/bin/setsid", "--wait", "/usr/bin/setpriv", "--reuid", "\(userID)", "--regid", "\(groupID)", "--groups", groups,
        ]
    }
}
