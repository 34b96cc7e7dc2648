/// What roles are given on: the name of a plugin that declares a ``FeatureDeclaration``, for example `battle-reports`.
public struct FeatureKey: RawRepresentable, Hashable, Comparable, Sendable, CustomStringConvertible, ExpressibleByStringLiteral {
    public let rawValue: String
    public init(rawValue: String) { self.rawValue = rawValue }
    public init(stringLiteral value: String) { rawValue = value }
    public init(_ plugin: PluginName) { rawValue = plugin.rawValue }
    public static func < (left: FeatureKey, right: FeatureKey) -> Bool { left.rawValue < right.rawValue }
    public var description: String { rawValue }
}

/// A plugin that people are given roles on. Plugins without one (killmails, admin) have no roles of their own.
public struct FeatureDeclaration: Sendable, Hashable {
    /// For people: `Battle reports`.
    public let title: String
    /// One sentence: what somebody with a role on it can do.
    public let summary: String

    public init(title: String, summary: String) {
        self.title = title
        self.summary = summary
    }
}
