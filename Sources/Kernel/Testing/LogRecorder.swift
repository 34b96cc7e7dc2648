public import Logging
import Synchronization

/// Keeps what was logged, for tests of what an operator gets to read.
public final class LogRecorder: Sendable {
    public struct Entry: Sendable, Hashable {
        public let level: Logger.Level
        public let message: String
        public let metadata: [String: String]
    }

    private let recorded = Mutex<[Entry]>([])

    public init() {}

    public var entries: [Entry] { recorded.withLock { $0 } }

    public func messages(_ level: Logger.Level) -> [String] { entries.filter { $0.level == level }.map(\.message) }

    /// Writes into this recorder, from `debug` on.
    public var logger: Logger { Logger(label: "test") { _ in Handler(recorder: self) } }

    private func record(_ entry: Entry) { recorded.withLock { $0.append(entry) } }

    private struct Handler: LogHandler {
        let recorder: LogRecorder
        var metadata: Logger.Metadata = [:]
        var logLevel = Logger.Level.debug

        subscript(metadataKey key: String) -> Logger.Metadata.Value? {
            get { metadata[key] }
            set { metadata[key] = newValue }
        }

        func log(event: LogEvent) {
            let all = metadata.merging(event.metadata ?? [:]) { _, new in new }
            recorder.record(Entry(level: event.level, message: "\(event.message)", metadata: all.mapValues { "\($0)" }))
        }
    }
}
