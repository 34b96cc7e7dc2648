public import struct Foundation.Date

/// Killmails of a file one after the other, plain or gzip, in bounded memory. Use it from one task at a time.
public struct KillmailLineReader {
    public struct Line: Sendable {
        /// From 1; blank lines count and are passed over.
        public var number: Int
        public var result: Result<Killmail, KillmailDecodingError>
    }

    private var chunks: LineChunks
    private let decoder: KillmailDecoder
    private var pending: ArraySlice<Line> = []

    public init(path: String, now: Date) throws(FileFormatError) {
        chunks = LineChunks(try ByteReader(path: path))
        decoder = KillmailDecoder(now: now)
    }

    /// The next line; `nil` at the end.
    public mutating func next() throws(FileFormatError) -> Line? {
        while pending.isEmpty {
            guard let chunk = try chunks.next() else { return nil }
            var lines: [Line] = []
            chunk.forEachLine { bytes, number in
                lines.append(Line(number: number, result: Result { () throws(KillmailDecodingError) in try decoder.decode(bytes) }))
            }
            pending = lines[...]
        }
        return pending.popFirst()
    }
}
