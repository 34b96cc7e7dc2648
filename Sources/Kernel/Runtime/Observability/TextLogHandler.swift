public import KernelAPI
public import Logging

/// Log lines for people: `18:00:00 info  ingest: stored killmails  count=12`. Used when standard output is a terminal.
public struct TextLogHandler: LogHandler {
    public var logLevel: Logger.Level = .info
    public var metadata: Logger.Metadata = [:]
    public var metadataProvider: Logger.MetadataProvider?

    private let clock: any WallClock
    private let write: @Sendable ([UInt8]) -> Void

    public init(clock: any WallClock = SystemClock(), write: @escaping @Sendable ([UInt8]) -> Void = StandardOutput.write) {
        self.clock = clock
        self.write = write
    }

    public subscript(metadataKey key: String) -> Logger.Metadata.Value? {
        get { metadata[key] }
        set { metadata[key] = newValue }
    }

    public func log(event: LogEvent) {
        let time = clock.now.iso8601.dropFirst(11).prefix(8)
        let level = event.level.rawValue.padding(to: 7)
        let package = SourceFile(fileID: event.file, module: event.source).package
        let context = event.context(metadata, metadataProvider).map { "  \($0.key)=\($0.value)" }.joined()
        let line = "\(time) \(level) \(package): \(event.message)\(context)".withoutControlCharacters
        write(Array(line.utf8) + [UInt8(ascii: "\n")])
    }
}

extension String {
    /// What comes from outside must neither start a line of its own nor steer the terminal.
    fileprivate var withoutControlCharacters: String {
        guard unicodeScalars.contains(where: { $0.properties.generalCategory == .control }) else { return self }
        return unicodeScalars.reduce(into: "") { text, scalar in
            if scalar.properties.generalCategory == .control {
                text += scalar.escaped(asASCII: true)
            } else {
                text.unicodeScalars.append(scalar)
            }
        }
    }

    fileprivate func padding(to width: Int) -> String { self + String(repeating: " ", count: Swift.max(0, width - count)) }
}
