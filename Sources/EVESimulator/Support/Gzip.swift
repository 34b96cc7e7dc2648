internal import CZlib

/// zlib at its simplest: whole buffers, at start-up or for answers of at most a megabyte or so.
enum Gzip {
    /// With gzip's header, as HTTP calls it.
    static func compress(_ bytes: [UInt8]) -> [UInt8] { deflate(bytes, windowBits: 31) }

    /// Bare deflate, as in a zip archive.
    static func deflate(_ bytes: [UInt8]) -> [UInt8] { deflate(bytes, windowBits: -15) }

    /// With zlib's header, as in a PNG.
    static func zlib(_ bytes: [UInt8]) -> [UInt8] { deflate(bytes, windowBits: 15) }

    static func checksum(_ bytes: [UInt8]) -> UInt32 { UInt32(crc32(0, bytes, UInt32(bytes.count))) }

    private static func deflate(_ bytes: [UInt8], windowBits: Int32) -> [UInt8] {
        var stream = z_stream()
        guard
            deflateInit2_(
                &stream, Z_DEFAULT_COMPRESSION, Z_DEFLATED, windowBits, 8, Z_DEFAULT_STRATEGY, ZLIB_VERSION,
                Int32(MemoryLayout<z_stream>.size)) == Z_OK
        else { return [] }
        defer { deflateEnd(&stream) }
        var input = bytes
        return input.withUnsafeMutableBufferPointer { input in
            let bound = Int(deflateBound(&stream, UInt(input.count)))
            return [UInt8](unsafeUninitializedCapacity: bound) { output, count in
                // The bound is large enough for one call, says zlib's manual.
                stream.next_in = input.baseAddress
                stream.avail_in = UInt32(input.count)
                stream.next_out = output.baseAddress
                stream.avail_out = UInt32(bound)
                _ = CZlib.deflate(&stream, Z_FINISH)
                count = bound - Int(stream.avail_out)
            }
        }
    }

    /// The whole of a file, unpacked if it is gzipped.
    static func read(path: String) throws(SimulatorError) -> [UInt8] {
        guard let file = gzopen(path, "rb") else { throw .cannotRead(file: path, reason: "cannot be opened") }
        defer { gzclose(file) }
        gzbuffer(file, 1 << 18)
        var content: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 1 << 20)
        while true {
            let count = gzread(file, &buffer, UInt32(buffer.count))
            if count == 0 { return content }
            guard count > 0 else { throw .cannotRead(file: path, reason: "broken gzip") }
            content += buffer[0..<Int(count)]
        }
    }
}
