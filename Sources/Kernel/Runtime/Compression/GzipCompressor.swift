import CZlib
import Synchronization

/// Compresses whole answers. All calls into zlib are in this file.
///
/// A compressor costs 268 kB and more time to make than to use; a few are kept for the next answer.
final class GzipCompressor: Sendable {
    /// Answers below this fit into one packet anyway.
    static let leastBytes = 1_024
    /// Larger ones go as they are: an answer may not occupy a thread for longer than a few dozen milliseconds.
    static let mostBytes = 4 * 1024 * 1024
    /// From here on speed counts more than size.
    private static let quickFrom = 256 * 1024
    private static let kept = 4

    private let idle = Mutex<[Deflater]>([])
    private let level: Int32

    /// - Parameter level: 1 (fast) to 6 (small).
    init(level: Int32 = 4) { self.level = min(max(level, 1), 6) }

    /// - Returns: `nil` when the bytes are too few or too many, or zlib has no memory: then they go as they are.
    func compress(_ bytes: [UInt8]) -> [UInt8]? {
        guard (Self.leastBytes...Self.mostBytes).contains(bytes.count) else { return nil }
        guard let deflater = idle.withLock({ $0.popLast() }) ?? Deflater(level) else { return nil }
        let compressed = deflater.deflate(bytes, level: bytes.count < Self.quickFrom ? level : 1)
        idle.withLock { if $0.count < Self.kept { $0.append(deflater) } }
        return compressed
    }
}

/// One zlib stream, used again and again.
private final class Deflater: @unchecked Sendable {
    // Sendable although zlib's stream is not: whoever took it out of the pool has it alone.
    private let stream: UnsafeMutablePointer<z_stream>
    private var level: Int32

    init?(_ level: Int32) {
        self.level = level
        stream = .allocate(capacity: 1)
        stream.initialize(to: z_stream())
        // 16 more than the window asks for gzip's header and checksum.
        let status = deflateInit2_(
            stream, level, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY, ZLIB_VERSION, Int32(MemoryLayout<z_stream>.size))
        guard status == Z_OK else {
            stream.deallocate()
            return nil
        }
    }

    deinit {
        deflateEnd(stream)
        stream.deallocate()
    }

    func deflate(_ bytes: [UInt8], level: Int32) -> [UInt8]? {
        guard deflateReset(stream) == Z_OK else { return nil }
        if level != self.level {
            guard deflateParams(stream, level, Z_DEFAULT_STRATEGY) == Z_OK else { return nil }
            self.level = level
        }
        let bound = Int(deflateBound(stream, UInt(bytes.count)))
        let stream = stream
        var isWhole = false
        let compressed = [UInt8](unsafeUninitializedCapacity: bound) { output, count in
            bytes.withUnsafeBufferPointer { input in
                // zlib does not write to its input, its C declaration merely lacks the const.
                stream.pointee.next_in = UnsafeMutablePointer(mutating: input.baseAddress)
                stream.pointee.avail_in = UInt32(clamping: input.count)
                stream.pointee.next_out = output.baseAddress
                stream.pointee.avail_out = UInt32(clamping: bound)
                isWhole = CZlib.deflate(stream, Z_FINISH) == Z_STREAM_END
                count = bound - Int(stream.pointee.avail_out)
                stream.pointee.next_in = nil
                stream.pointee.next_out = nil
            }
        }
        return isWhole ? compressed : nil
    }
}
