public import struct Foundation.Date
public import struct Foundation.UUID

/// Reads what ``AuditTrail`` wrote.
public protocol AuditLog: Sendable {
    /// Newest first.
    ///
    /// - Parameter before: the number of the last record that was seen.
    func records(_ filter: AuditFilter, before: Int64?, limit: Int) async throws -> [AuditRecord]
}

/// Which records.
public struct AuditFilter: Sendable, Hashable {
    public var actorID: UUID?
    public var action: AuditAction?
    public var target: String?
    public var from: Date?
    public var to: Date?

    public init(actorID: UUID? = nil, action: AuditAction? = nil, target: String? = nil, from: Date? = nil, to: Date? = nil) {
        self.actorID = actorID
        self.action = action
        self.target = target
        self.from = from
        self.to = to
    }
}

/// One line of the audit log.
public struct AuditRecord: Sendable {
    public let number: Int64
    public let time: Date
    public let actor: AuditActor
    /// The actor's display name when it was written.
    public let actorName: String?
    public let action: AuditAction
    public let target: String
    /// JSON documents.
    public let oldValue: [UInt8]?
    public let newValue: [UInt8]?

    public init(
        number: Int64, time: Date, actor: AuditActor, actorName: String?, action: AuditAction, target: String, oldValue: [UInt8]?,
        newValue: [UInt8]?
    ) {
        self.number = number
        self.time = time
        self.actor = actor
        self.actorName = actorName
        self.action = action
        self.target = target
        self.oldValue = oldValue
        self.newValue = newValue
    }
}
