/// Text that nobody may see in a log, an error or a debugger.
public struct Secret: Sendable, Hashable, CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
    /// The secret itself. Say it only to whom it belongs.
    public let revealed: String

    public init(_ revealed: String) { self.revealed = revealed }

    public var description: String { "(secret)" }
    public var debugDescription: String { description }
    public var customMirror: Mirror { Mirror(self, children: []) }
}
