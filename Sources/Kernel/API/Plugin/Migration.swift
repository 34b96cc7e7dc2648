/// One step of a plugin's schema, forward only.
///
/// A step that has been released never changes: the kernel stores a digest of each applied step and refuses to serve
/// when it differs. Expand first, contract in a later release, so that old and new pods can run side by side.
public struct Migration: Sendable, Hashable {
    /// `m0001_killmails`: sorts in the order of application within the plugin.
    public let name: String
    /// One or more statements, run in one transaction with the plugin's schema first on the search path.
    public let sql: String

    public init(_ name: StaticString, _ sql: StaticString) {
        self.name = name.description
        self.sql = sql.description
    }
}
