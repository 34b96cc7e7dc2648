import Glibc

/// The few questions to the file system that the embedded servers ask.
enum FolderFiles {
    /// The first line of a small file; nil when it cannot be read.
    static func firstLine(of path: String) -> String? { lines(of: path, limit: 1).first }

    /// The first lines of a small file, at most `limit`; empty when it cannot be read.
    static func lines(of path: String, limit: Int) -> [String] {
        guard let file = fopen(path, "re") else { return [] }
        defer { fclose(file) }
        var lines: [String] = []
        var buffer = [CChar](repeating: 0, count: Int(PATH_MAX) + 2)
        while lines.count < limit, fgets(&buffer, Int32(buffer.count), file) != nil {
            let bytes = buffer.prefix { $0 != 0 && $0 != 10 && $0 != 13 }.map { UInt8(bitPattern: $0) }
            lines.append(String(decoding: bytes, as: UTF8.self))
        }
        return lines
    }

    static func exists(_ path: String) -> Bool { access(path, F_OK) == 0 }

    /// The path with symbolic links resolved; nil when it does not exist.
    static func resolved(_ path: String) -> String? {
        guard let resolved = realpath(path, nil) else { return nil }
        defer { free(resolved) }
        return String(cString: resolved)
    }

    /// The names in a folder; empty when it cannot be read.
    static func names(in path: String) -> [String] {
        guard let folder = opendir(path) else { return [] }
        defer { closedir(folder) }
        var names: [String] = []
        while let entry = readdir(folder) {
            let name = withUnsafeBytes(of: entry.pointee.d_name) { String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self) }
            if name != "." && name != ".." { names.append(name) }
        }
        return names
    }

    /// The folder a process works in; nil when it is gone or somebody else's.
    static func workingDirectory(ofProcess id: Int32) -> String? {
        var buffer = [CChar](repeating: 0, count: Int(PATH_MAX))
        let length = readlink("/proc/\(id)/cwd", &buffer, buffer.count)
        guard length > 0 else { return nil }
        return String(decoding: buffer.prefix(length).map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }

    /// Makes a folder and those above it; no error when it exists.
    static func makeFolder(_ path: String, mode: mode_t) throws(EmbeddedServerError) {
        if mkdir(path, mode) == 0 || errno == EEXIST { return }
        let parent = path.split(separator: "/").dropLast().joined(separator: "/")
        if errno == ENOENT, !parent.isEmpty {
            try makeFolder("/\(parent)", mode: 0o755)
            if mkdir(path, mode) == 0 || errno == EEXIST { return }
        }
        throw EmbeddedServerError(
            .folder, "The folder \(path) cannot be made: \(String(cString: strerror(errno))).",
            fix: "Choose a folder you may write to with --data-dir or BATTLESCOPE_DATA_DIR.")
    }
}
