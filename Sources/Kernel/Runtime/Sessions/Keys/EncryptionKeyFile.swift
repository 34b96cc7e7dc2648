import Glibc

/// The keys of an installation with an embedded database, which has no other place for them: a file in the data folder that
/// only its owner can read.
public enum EncryptionKeyFile {
    static let name = "encryption-keys"

    /// Reads the file, or makes it with a new key.
    ///
    /// - Throws: ``ConfigurationError``.
    public static func keys(in dataDirectory: String) throws -> EncryptionKeys {
        let path = "\(dataDirectory)/\(name)"
        if !FolderFiles.exists(path) { try make(path, in: dataDirectory) }
        var status = stat()
        guard stat(path, &status) == 0, status.st_mode & 0o077 == 0 else {
            throw ConfigurationError("\(path) can be read by others, or not by this account. Mend that with: chmod 600 \(path)")
        }
        guard let line = FolderFiles.firstLine(of: path) else { throw ConfigurationError("\(path) cannot be read.") }
        do {
            return try EncryptionKeys(text: line)
        } catch let error as ConfigurationError {
            throw ConfigurationError("\(path) does not hold what was written there: \(error)")
        }
    }

    /// Written aside and then linked, so that of two processes one wins and nobody reads half a key.
    private static func make(_ path: String, in dataDirectory: String) throws {
        let draft = "\(path).\(getpid())"
        let file = open(draft, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
        guard file >= 0 else { throw failure(path) }
        defer { unlink(draft) }
        let text = Array("\(EncryptionKeys.newKeyText(id: "local"))\n".utf8)
        let isWritten = write(file, text, text.count) == text.count && fsync(file) == 0
        close(file)
        guard isWritten else { throw failure(path) }
        guard link(draft, path) == 0 || errno == EEXIST else { throw failure(path) }
    }

    private static func failure(_ path: String) -> ConfigurationError {
        ConfigurationError(
            "\(path) cannot be made: \(String(cString: strerror(errno))). Set BATTLESCOPE_ENCRYPTION_KEYS instead.")
    }
}
