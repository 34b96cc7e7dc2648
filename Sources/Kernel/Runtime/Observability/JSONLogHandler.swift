import Foundation
public import KernelAPI
public import Logging

/// Writes one JSON object a line to standard output, in Pino's shape, which the log pipeline in `infra/` reads.
///
/// `level` 10 trace to 60 fatal, `time` in milliseconds, `pid`, `hostname`, `file` (from the project's root), `package`,
/// `caller`, `msg`, then the context.
public struct JSONLogHandler: LogHandler {
    public var logLevel: Logger.Level = .info
    public var metadata: Logger.Metadata = [:]
    public var metadataProvider: Logger.MetadataProvider?

    private let clock: any WallClock
    private let write: @Sendable ([UInt8]) -> Void

    /// - Parameter write: receives whole lines, line break included.
    public init(clock: any WallClock = SystemClock(), write: @escaping @Sendable ([UInt8]) -> Void = StandardOutput.write) {
        self.clock = clock
        self.write = write
    }

    public subscript(metadataKey key: String) -> Logger.Metadata.Value? {
        get { metadata[key] }
        set { metadata[key] = newValue }
    }

    public func log(event: LogEvent) {
        let source = SourceFile(fileID: event.file, module: event.source)
        var json = JSONWriter()
        json.object { json in
            json.field("level", event.level.pino)
            json.field("time", Int((clock.now.timeIntervalSince1970 * 1000).rounded()))
            json.field("pid", Int(ProcessInfo.processInfo.processIdentifier))
            json.field("hostname", Self.hostname)
            json.field("file", source.path)
            json.field("package", source.package)
            json.field("caller", event.function)
            json.field("msg", event.message.description)
            for (key, value) in event.context(metadata, metadataProvider) {
                // A name twice in one object means whatever the reader takes it for.
                json.field(named: Self.ownFields.contains(key) ? key + "_" : key, value.description)
            }
        }
        write(json.bytes + [UInt8(ascii: "\n")])
    }

    private static let ownFields: Set<String> = ["level", "time", "pid", "hostname", "file", "package", "caller", "msg"]
    private static let hostname = ProcessInfo.processInfo.hostName
}

extension Logger.Level {
    /// Pino's numbers; swift-log's notice counts as information.
    var pino: Int {
        switch self {
        case .trace: 10
        case .debug: 20
        case .info, .notice: 30
        case .warning: 40
        case .error: 50
        case .critical: 60
        }
    }
}

extension LogEvent {
    /// The whole context of a line by name: the line's own entries win over the logger's, these over the provider's.
    func context(_ metadata: Logger.Metadata, _ provider: Logger.MetadataProvider?) -> [(
        key: String, value: Logger.MetadataValue
    )] {
        var context = metadata
        if let provided = provider?.get() { context.merge(provided) { own, _ in own } }
        if let given = self.metadata { context.merge(given) { _, new in new } }
        if let error { context["error"] = "\(error)" }
        return context.sorted { $0.key < $1.key }
    }
}
