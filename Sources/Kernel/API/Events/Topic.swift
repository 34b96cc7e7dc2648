import Foundation

/// A topic's name: `plugin.what_happened`, for example `battle.created`.
public struct TopicName: RawRepresentable, Hashable, Comparable, Sendable, CustomStringConvertible, ExpressibleByStringLiteral {
    public let rawValue: String
    public init(rawValue: String) { self.rawValue = rawValue }
    public init(stringLiteral value: String) { rawValue = value }
    public static func < (left: TopicName, right: TopicName) -> Bool { left.rawValue < right.rawValue }
    public var description: String { rawValue }
}

/// What an event carries: a value that another plugin or a later version can read.
public protocol TopicPayload: Sendable {
    /// - Returns: JSON, at most 64 kB; what is larger belongs into a table, and its key into the event.
    func encoded() throws -> [UInt8]
    init(encoded: [UInt8]) throws
}

extension TopicPayload where Self: Codable {
    public func encoded() throws -> [UInt8] { Array(try JSONEncoder().encode(self)) }
    public init(encoded: [UInt8]) throws { self = try JSONDecoder().decode(Self.self, from: Data(encoded)) }
}

/// A stream of events of one kind: a contract between plugins.
public struct Topic<Payload: TopicPayload>: Sendable {
    public let name: TopicName
    public init(_ name: TopicName) { self.name = name }
}
