import EVE
import Foundation
import KernelAPI

/// Killmails on their way into the database: each id once, each acceptable, with what was refused and why.
struct StoreBatch {
    /// A killmail with the number under which its source gave it out.
    struct Arrival: Sendable {
        let killmail: Killmail
        let sequence: Int64
    }

    private(set) var arrivals: [Arrival] = []
    private(set) var references: [(id: KillmailID, hash: SQLBytes)] = []
    private(set) var rejects: [Reject] = []
    /// What came twice in this batch and is in it once.
    private(set) var repeats = 0

    /// What came and could not be used.
    struct Reject: Sendable, Equatable {
        let sequence: Int64
        let killmailID: KillmailID?
        let code: String
        let message: String
    }

    private let oldest: Date
    private var position: [KillmailID: Int] = [:]
    private var referenced: Set<KillmailID> = []

    /// - Parameter oldest: killmails from before are refused.
    init(oldest: Date) { self.oldest = oldest }

    /// The deliveries of one poll.
    init(_ deliveries: [FeedDelivery], oldest: Date) {
        self.init(oldest: oldest)
        for delivery in deliveries { add(delivery) }
    }

    private mutating func add(_ delivery: FeedDelivery) {
        switch delivery.content {
        case .killmail(let killmail): add(killmail, sequence: delivery.sequence)
        case .reference(let id, let hash):
            add(id, hash: hash, sequence: delivery.sequence)
        case .unreadable(let reject):
            rejects.append(
                Reject(sequence: delivery.sequence, killmailID: reject.killmailID, code: reject.code, message: reject.message))
        }
    }

    /// Without its hash nobody can ask for a killmail, so a reference that has none is of no use.
    private mutating func add(_ id: KillmailID, hash: String, sequence: Int64) {
        guard let bytes = SQLBytes(hexadecimal: hash), bytes.bytes.count == 20 else {
            rejects.append(
                Reject(
                    sequence: sequence, killmailID: id, code: "invalid_hash",
                    message: "the hash of a reference must be 40 hexadecimal digits"))
            return
        }
        if referenced.insert(id).inserted { references.append((id, bytes)) } else { repeats += 1 }
    }

    /// A killmail that comes twice is stored once; one with the same id and another time is a lie.
    mutating func add(_ killmail: Killmail, sequence: Int64) {
        if killmail.time < oldest {
            rejects.append(
                Reject(
                    sequence: sequence, killmailID: killmail.id, code: "older_than_retention",
                    message: "the killmail is from before the oldest month that is kept"))
        } else if let twin = position[killmail.id] {
            if arrivals[twin].killmail.time != killmail.time {
                rejects.append(.conflictingTime(sequence: sequence, killmailID: killmail.id))
            } else {
                repeats += 1
            }
        } else {
            position[killmail.id] = arrivals.count
            arrivals.append(Arrival(killmail: killmail, sequence: sequence))
        }
    }
}

extension StoreBatch.Reject {
    static func conflictingTime(sequence: Int64, killmailID: KillmailID) -> Self {
        Self(
            sequence: sequence, killmailID: killmailID, code: "conflicting_time",
            message: "a killmail with this id and another time is stored already")
    }
}
