/// What a process wants an embedded server for.
public enum EmbeddedServerRole: Sendable {
    /// To serve with it, for as long as it runs; there can be one.
    case owner
    /// To run a command with it; joins a running one.
    case guest
}

/// A process's claim to be the owner, held for as long as this value lives; for a guest, no claim at all.
struct ServerOwnership: Sendable {
    private let lock: FileLock?

    var isOwner: Bool { lock != nil }

    /// - Throws: `EmbeddedServerError` when another process is the owner.
    init(of folder: ServerFolder, role: EmbeddedServerRole) throws(EmbeddedServerError) {
        guard role == .owner else {
            lock = nil
            return
        }
        guard let lock = try FileLock.take(folder.ownerLock, .exclusive) else {
            let owner = FileLock.processID(in: folder.ownerLock).map { " (pid \($0))" } ?? ""
            throw EmbeddedServerError(
                .alreadyRunning, "Another battlescope\(owner) already runs with this data folder: \(folder.dataDirectory)",
                fix: "Stop it, or choose another folder with --data-dir or BATTLESCOPE_DATA_DIR.")
        }
        lock.writeProcessID()
        self.lock = lock
    }
}
