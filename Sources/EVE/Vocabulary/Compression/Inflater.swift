import CZlib

/// Undoes deflate, piece by piece. All calls into zlib are here.
struct Inflater: ~Copyable {
    enum Format: Sendable {
        /// gzip or zlib, told apart by their first bytes; several members one after the other count as one stream.
        case gzip
        /// Bare deflate, as in a zip archive.
        case raw
    }

    /// On the heap because zlib keeps a pointer to it.
    private let stream: UnsafeMutablePointer<z_stream>
    private let format: Format
    /// The compressed stream has ended; anything after it is another member.
    private(set) var isAtEnd = false

    init(_ format: Format) throws(FileFormatError) {
        self.format = format
        stream = .allocate(capacity: 1)
        stream.initialize(to: z_stream())
        let windowBits: Int32 = format == .gzip ? 15 + 32 : -15
        let size = Int32(MemoryLayout<z_stream>.size)
        guard inflateInit2_(stream, windowBits, ZLIB_VERSION, size) == Z_OK else {
            throw FileFormatError(.compression, "zlib refused to start")
        }
    }

    deinit {
        inflateEnd(stream)
        stream.deallocate()
    }

    /// Reads from `input` and writes to `output` until one of them is used up or the stream ends.
    mutating func inflate(
        _ input: UnsafeRawBufferPointer, into output: UnsafeMutableRawBufferPointer
    ) throws(FileFormatError) -> (consumed: Int, produced: Int) {
        guard !isAtEnd || format == .gzip else { return (0, 0) }
        if isAtEnd, !input.isEmpty {
            inflateReset(stream)
            isAtEnd = false
        }
        // zlib does not write to its input, its C declaration merely lacks the const.
        stream.pointee.next_in = UnsafeMutablePointer(
            mutating: input.baseAddress?.assumingMemoryBound(to: UInt8.self))
        stream.pointee.avail_in = UInt32(clamping: input.count)
        stream.pointee.next_out = output.baseAddress?.assumingMemoryBound(to: UInt8.self)
        stream.pointee.avail_out = UInt32(clamping: output.count)
        let given = (input: Int(stream.pointee.avail_in), output: Int(stream.pointee.avail_out))
        let status = CZlib.inflate(stream, Z_NO_FLUSH)
        defer {
            stream.pointee.next_in = nil
            stream.pointee.next_out = nil
        }
        switch status {
        case Z_STREAM_END: isAtEnd = true
        case Z_OK, Z_BUF_ERROR: break
        default: throw FileFormatError(.compression, "the compressed data is damaged")
        }
        return (given.input - Int(stream.pointee.avail_in), given.output - Int(stream.pointee.avail_out))
    }
}

/// Whole gzip bodies in memory.
public enum Gzip {
    /// Whether bytes begin as gzip does.
    public static func isGzip(_ bytes: some Collection<UInt8>) -> Bool { bytes.starts(with: [0x1F, 0x8B]) }

    /// Decompresses at most `limit` bytes; a longer result is an error, so that a small body cannot fill the memory.
    public static func inflate(_ bytes: [UInt8], limit: Int) throws(FileFormatError) -> [UInt8] {
        var inflater = try Inflater(.gzip)
        var result: [UInt8] = []
        var block = [UInt8](repeating: 0, count: 64 * 1024)
        var offset = 0
        while true {
            // One call for the inflater's exclusive access; results leave through a Result because closures untype throws.
            let step = bytes[offset...].withUnsafeBytes { input in
                block.withUnsafeMutableBytes { output in
                    Result { () throws(FileFormatError) in try inflater.inflate(input, into: output) }
                }
            }
            let (consumed, produced) = try step.get()
            offset += consumed
            guard result.count + produced <= limit else { throw FileFormatError(.tooLarge, "more than \(limit) bytes") }
            result.append(contentsOf: block[..<produced])
            if consumed == 0 && produced == 0 || inflater.isAtEnd && offset == bytes.count { break }
        }
        guard inflater.isAtEnd else { throw FileFormatError(.truncated, "the compressed data ends too early") }
        return result
    }
}
