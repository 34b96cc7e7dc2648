public import struct Foundation.UUID

/// Who does something, as the audit log keeps it.
public struct AuditActor: Sendable, Hashable {
    /// `nil`: the program itself, or somebody at the command line.
    public let accountID: UUID?
    /// The client's address as the server saw it.
    public let address: String?
    public let userAgent: String?

    public init(accountID: UUID?, address: String? = nil, userAgent: String? = nil) {
        self.accountID = accountID
        self.address = address
        self.userAgent = userAgent
    }

    /// The program itself: scheduled work, and commands on the machine.
    public static let system = AuditActor(accountID: nil)
}
