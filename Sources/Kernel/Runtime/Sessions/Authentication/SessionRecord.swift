import Foundation
import KernelAPI

/// A browser's session as it lies in the database.
struct SessionRecord: Sendable, Hashable {
    let id: UUID
    let lastSeenAt: Date
    let expiresAt: Date
    let hasEnded: Bool
    /// Whose rights are used instead of the account's own.
    let viewAs: AccountID?

    static let columns: StaticString = "s.id, s.last_seen_at, s.expires_at, s.ended_at IS NOT NULL, s.view_as"

    init(_ columns: inout RowReader) throws {
        id = try columns.next()
        lastSeenAt = try columns.next()
        expiresAt = try columns.next()
        hasEnded = try columns.next()
        viewAs = try columns.next()
    }

    private init(_ other: SessionRecord, lastSeenAt: Date) {
        id = other.id
        expiresAt = other.expiresAt
        hasEnded = other.hasEnded
        viewAs = other.viewAs
        self.lastSeenAt = lastSeenAt
    }

    func seen(at time: Date) -> SessionRecord { SessionRecord(self, lastSeenAt: time) }

    func isValid(at now: Date, idle: Duration) -> Bool {
        !hasEnded && now < expiresAt && now.timeIntervalSince(lastSeenAt) < idle / .seconds(1)
    }
}

/// A program's key as it lies in the database.
struct KeyRecord: Sendable, Hashable {
    let id: UUID
    let features: Set<FeatureKey>
    let expiresAt: Date
    let isRevoked: Bool
    let lastUsedAt: Date?

    static let columns: StaticString = "k.id, k.features, k.expires_at, k.revoked_at IS NOT NULL, k.last_used_at"

    init(_ columns: inout RowReader) throws {
        id = try columns.next()
        features = Set(try columns.next([String].self).map { FeatureKey(rawValue: $0) })
        expiresAt = try columns.next()
        isRevoked = try columns.next()
        lastUsedAt = try columns.next()
    }

    private init(_ other: KeyRecord, lastUsedAt: Date) {
        id = other.id
        features = other.features
        expiresAt = other.expiresAt
        isRevoked = other.isRevoked
        self.lastUsedAt = lastUsedAt
    }

    func used(at time: Date) -> KeyRecord { KeyRecord(self, lastUsedAt: time) }

    func isValid(at now: Date) -> Bool { !isRevoked && now < expiresAt }
}
