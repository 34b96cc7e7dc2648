/// Where every change by a person is written down, in the transaction that makes it. Nobody can change or delete a row.
public protocol AuditTrail: Sendable {
    func record(_ entry: AuditEntry, in transaction: any Transaction) async throws
}

/// One change: who did what to what, and what was before and after.
public struct AuditEntry: Sendable {
    public let actor: AuditActor
    public let action: AuditAction
    /// What was changed, as `kind:id`: `account:8a0f...`, `feature:battle-reports`.
    public let target: String
    /// JSON documents, without secrets; `nil` where there is no old or no new value.
    public let oldValue: [UInt8]?
    public let newValue: [UInt8]?

    public init(
        _ action: AuditAction, target: String, by actor: AuditActor, oldValue: [UInt8]? = nil, newValue: [UInt8]? = nil
    ) {
        self.actor = actor
        self.action = action
        self.target = target
        self.oldValue = oldValue
        self.newValue = newValue
    }
}

/// What was done: `role.granted`. The kernel's own are below; plugins add theirs.
public struct AuditAction: RawRepresentable, Hashable, Sendable, ExpressibleByStringLiteral, CustomStringConvertible {
    public let rawValue: String
    public init(rawValue: String) { self.rawValue = rawValue }
    public init(stringLiteral value: String) { rawValue = value }
    public var description: String { rawValue }
}
