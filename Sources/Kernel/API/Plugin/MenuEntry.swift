/// An entry in the web app's menu, shown to those whom its policy lets in.
public struct MenuEntry: Sendable, Hashable {
    public let title: String
    /// A path of the web app: `/battles`.
    public let path: String
    public let policy: Policy

    public init(_ title: String, path: String, policy: Policy) {
        self.title = title
        self.path = path
        self.policy = policy
    }
}
