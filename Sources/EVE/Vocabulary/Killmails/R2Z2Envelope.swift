public import struct Foundation.Date

/// One file of zKillboard's live feed.
public struct R2Z2Envelope: Sendable, Hashable {
    public enum Content: Sendable, Hashable {
        case killmail(Killmail)
        /// The file names a killmail without containing it.
        case reference(KillmailID, hash: String)
        /// All ids are null: a number that was used for nothing.
        case placeholder
        /// The killmail inside breaks a rule; the envelope around it was read.
        case unreadable(KillmailDecodingError)
    }

    /// The number the file says it has; absent in old files.
    public var sequence: Int64?
    public var content: Content
    /// An older number whose file was published again.
    public var updatedSequence: Int64?
    public var uploadedAt: Date?

    public init(sequence: Int64?, content: Content, updatedSequence: Int64? = nil, uploadedAt: Date? = nil) {
        self.sequence = sequence
        self.content = content
        self.updatedSequence = updatedSequence
        self.uploadedAt = uploadedAt
    }
}
