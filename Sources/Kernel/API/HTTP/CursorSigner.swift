/// Makes a list's position opaque and tamper-proof.
public protocol CursorSigner: Sendable {
    /// - Parameters:
    ///   - payload: the position, at most a few hundred bytes.
    ///   - scope: what the cursor belongs to: the list and its filters. Opening with another scope fails.
    func seal(_ payload: String, scope: String) -> String

    /// - Throws: a ``Problem`` with status 400 when the cursor was altered, cut, or belongs to another scope.
    func open(_ cursor: String, scope: String) throws -> String
}
