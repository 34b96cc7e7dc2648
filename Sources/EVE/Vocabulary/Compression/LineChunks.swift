/// Cuts a stream of bytes into pieces of whole lines.
struct LineChunks {
    struct Chunk: Sendable {
        var bytes: [UInt8]
        /// The number of the first line, from 1.
        var firstLine: Int

        /// Calls `body` with every line that is not blank, and its number.
        func forEachLine(_ body: (UnsafeRawBufferPointer, Int) throws -> Void) rethrows {
            try bytes.withUnsafeBytes { buffer in
                var start = 0
                var line = firstLine
                while start < buffer.count {
                    let end = LineChunks.newline(in: buffer, from: start) ?? buffer.count
                    let slice = UnsafeRawBufferPointer(rebasing: buffer[start..<end])
                    if slice.contains(where: { $0 > 0x20 }) { try body(slice, line) }
                    start = end + 1
                    line += 1
                }
            }
        }
    }

    /// The longest line accepted; the largest killmail known has 668 kB.
    static let maximumLineLength = 32 * 1024 * 1024

    private let reader: ByteReader
    private let chunkSize: Int
    private var rest: [UInt8] = []
    private var nextLine = 1

    init(_ reader: ByteReader, chunkSize: Int = 1024 * 1024) {
        self.reader = reader
        self.chunkSize = chunkSize
    }

    /// The next whole lines; the last may lack its newline. `nil` at the end.
    mutating func next() throws(FileFormatError) -> Chunk? {
        var bytes = rest
        rest = []
        bytes.reserveCapacity(bytes.count + chunkSize)
        while try reader.read(chunkSize, into: &bytes) {
            if let end = bytes.lastIndex(of: 0x0A) {
                rest = Array(bytes[(end + 1)...])
                bytes.removeLast(bytes.count - end - 1)
                return chunk(bytes)
            }
            guard bytes.count <= Self.maximumLineLength else {
                throw FileFormatError(.tooLarge, "line \(nextLine) is longer than \(Self.maximumLineLength) bytes")
            }
        }
        return bytes.isEmpty ? nil : chunk(bytes)
    }

    private mutating func chunk(_ bytes: [UInt8]) -> Chunk {
        defer { nextLine += bytes.withUnsafeBytes { Self.countNewlines($0) } }
        return Chunk(bytes: bytes, firstLine: nextLine)
    }

    private static func countNewlines(_ bytes: UnsafeRawBufferPointer) -> Int {
        var count = 0
        var start = 0
        while let end = newline(in: bytes, from: start) {
            count += 1
            start = end + 1
        }
        return count
    }
}

#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

extension LineChunks {
    fileprivate static func newline(in bytes: UnsafeRawBufferPointer, from start: Int) -> Int? {
        guard let base = bytes.baseAddress, let found = memchr(base + start, 0x0A, bytes.count - start) else { return nil }
        return UnsafeRawPointer(found) - base
    }
}
