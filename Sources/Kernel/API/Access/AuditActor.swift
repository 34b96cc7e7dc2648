public import struct Foundation.UUID

/// Who does something, as the audit log keeps it.
public struct AuditActor: Sendable, Hashable {
    /// `nil`: the program itself, or somebody at the command line.
    public let accountID: UUID?
    /// The client's address as the server saw it.
    public let address: String?
    /// The first ``longestUserAgent`` characters of what the client says that it is.
    public let userAgent: String?

    /// Unicode scalars: one letter can carry any number of accents.
    static let longestUserAgent = 200

    public init(accountID: UUID?, address: String? = nil, userAgent: String? = nil) {
        self.accountID = accountID
        self.address = address
        self.userAgent = userAgent.map { String($0.unicodeScalars.prefix(Self.longestUserAgent)) }
    }

    /// The program itself: scheduled work, and commands on the machine.
    public static let system = AuditActor(accountID: nil)
}
