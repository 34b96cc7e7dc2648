#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

/// Reads a file, or a part of one, from front to back in bounded memory, decompressing on the way.
///
/// Blocks while the disk answers. Not `Sendable`: one reader belongs to one task.
final class ByteReader {
    private let file: FileDescriptor
    private var position: Int
    /// Where to stop: the end of the file or of an archive's member.
    private let end: Int
    private var inflater: Inflater?
    private var input: [UInt8] = []
    private var inputStart = 0

    /// Opens a plain or gzip-compressed file; which one is told by its first bytes.
    convenience init(path: String) throws(FileFormatError) {
        let file = try FileDescriptor(path: path)
        let start = try file.read(at: 0, count: 2)
        try self.init(file: file, range: 0..<file.size, compression: Gzip.isGzip(start) ? .gzip : nil)
    }

    init(file: FileDescriptor, range: Range<Int>, compression: Inflater.Format?) throws(FileFormatError) {
        self.file = file
        position = range.lowerBound
        end = range.upperBound
        inflater = if let compression { try Inflater(compression) } else { nil }
    }

    /// Appends up to about `count` bytes to `buffer`; false at the end.
    func read(_ count: Int, into buffer: inout [UInt8]) throws(FileFormatError) -> Bool {
        guard inflater != nil else {
            let wanted = min(count, end - position)
            guard wanted > 0 else { return false }
            let got = try file.append(to: &buffer, at: position, count: wanted)
            guard got > 0 else { throw FileFormatError(.truncated, "the file became shorter while it was read") }
            position += got
            return true
        }
        return try readInflated(count, into: &buffer)
    }

    private func readInflated(_ count: Int, into buffer: inout [UInt8]) throws(FileFormatError) -> Bool {
        let start = buffer.count
        // Space the decompressed bytes are written to; cut to size below.
        buffer.append(contentsOf: repeatElement(0, count: count))
        var produced = 0
        defer { buffer.removeLast(count - produced) }
        while produced < count {
            if inputStart == input.count, position < end {
                input.removeAll(keepingCapacity: true)
                inputStart = 0
                position += try file.append(to: &input, at: position, count: min(256 * 1024, end - position))
            }
            let available = input[inputStart...]
            let step = available.withUnsafeBytes { input in
                buffer.withUnsafeMutableBytes { output in
                    Result { () throws(FileFormatError) in
                        try inflater?.inflate(input, into: UnsafeMutableRawBufferPointer(rebasing: output[(start + produced)...]))
                            ?? (0, 0)
                    }
                }
            }
            let (consumed, written) = try step.get()
            inputStart += consumed
            produced += written
            if consumed == 0 && written == 0 {
                guard inflater?.isAtEnd ?? true else { throw FileFormatError(.truncated, "the compressed data ends too early") }
                break
            }
        }
        return produced > 0
    }
}

/// An open file, closed with its last reference.
final class FileDescriptor: Sendable {
    private let descriptor: CInt
    let size: Int

    init(path: String) throws(FileFormatError) {
        descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else {
            throw FileFormatError(errno == ENOENT ? .notFound : .unreadable, "\(path): \(String(cString: strerror(errno)))")
        }
        var status = stat()
        guard fstat(descriptor, &status) == 0, status.st_mode & S_IFMT == S_IFREG else {
            close(descriptor)
            throw FileFormatError(.unreadable, "\(path) is no file")
        }
        size = Int(status.st_size)
    }

    deinit { close(descriptor) }

    func read(at offset: Int, count: Int) throws(FileFormatError) -> [UInt8] {
        var bytes: [UInt8] = []
        while bytes.count < count {
            guard try append(to: &bytes, at: offset + bytes.count, count: count - bytes.count) > 0 else { break }
        }
        return bytes
    }

    /// Appends at most `count` bytes and tells how many; 0 at the end.
    func append(to buffer: inout [UInt8], at offset: Int, count: Int) throws(FileFormatError) -> Int {
        let start = buffer.count
        buffer.append(contentsOf: repeatElement(0, count: count))
        var got = -1
        repeat {
            got = buffer.withUnsafeMutableBytes { pread(descriptor, $0.baseAddress?.advanced(by: start), count, off_t(offset)) }
        } while got < 0 && errno == EINTR
        buffer.removeLast(count - max(0, got))
        guard got >= 0 else { throw FileFormatError(.unreadable, String(cString: strerror(errno))) }
        return got
    }
}
