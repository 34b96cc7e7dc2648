/// A token or another secret that travels through the program: it does not show itself in a log, an error or a debugger.
public struct SecretText: Sendable, Hashable {
    /// The secret itself. Say it only to whom it belongs.
    public let revealed: String

    public init(_ revealed: String) { self.revealed = revealed }
}

extension SecretText: CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
    public var description: String { "(secret)" }
    public var debugDescription: String { description }
    public var customMirror: Mirror { Mirror(self, children: []) }
}
