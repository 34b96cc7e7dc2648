import Glibc

/// An advisory lock on a file (flock): it ends with the process, however that ends, so it can never be stale.
final class FileLock: Sendable {
    enum Mode { case shared, exclusive }

    private let descriptor: Int32

    /// Takes the lock if nobody holds one that excludes it.
    /// - Returns: nil when another process, or another lock of this one, does.
    static func take(_ path: String, _ mode: Mode) throws(EmbeddedServerError) -> FileLock? {
        // O_CLOEXEC, because a child that inherited the descriptor would hold the lock too.
        let descriptor = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0o644)
        guard descriptor >= 0 else {
            throw EmbeddedServerError(
                .folder, "The lock file \(path) cannot be opened: \(String(cString: strerror(errno))).",
                fix: "Run as the user the data folder belongs to, or choose another with --data-dir.")
        }
        guard flock(descriptor, (mode == .shared ? LOCK_SH : LOCK_EX) | LOCK_NB) == 0 else {
            close(descriptor)
            return nil
        }
        return FileLock(descriptor: descriptor)
    }

    private init(descriptor: Int32) {
        self.descriptor = descriptor
    }

    deinit {
        // Closing is not enough: between fork and exec a child of this process holds the same open file, and with it the lock.
        flock(descriptor, LOCK_UN)
        close(descriptor)
    }

    /// Leaves this process's id in the file, for the message to whoever comes second.
    func writeProcessID() {
        let text = "\(getpid())\n"
        ftruncate(descriptor, 0)
        _ = text.withCString { pwrite(descriptor, $0, strlen($0), 0) }
    }

    /// The process id its holder wrote, if any.
    static func processID(in path: String) -> Int32? {
        FolderFiles.firstLine(of: path).flatMap { Int32($0) }
    }
}
