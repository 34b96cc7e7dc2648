/// What two kills must have in common to be linked under ``LinkBounds``.
public struct LinkKey: Sendable, Hashable, Comparable {
    /// The kinds of evidence. The raw values are stored: never renumber.
    public enum Kind: Int16, Sendable, CaseIterable {
        /// The alliance, else corporation, of a pilot.
        case party = 1
        /// A pilot.
        case pilot = 2
        /// A pilot who destroyed an empty hull or a structure of his own side.
        case scuttler = 3
    }

    public let kind: Kind
    /// An alliance, corporation or character id.
    public let id: Int64

    public init(kind: Kind, id: Int64) {
        self.kind = kind
        self.id = id
    }

    /// One value to hash instead of two; the kind fits into the bits that an id leaves free.
    public func hash(into hasher: inout Hasher) {
        hasher.combine(id << 2 ^ Int64(kind.rawValue))
    }

    public static func < (left: LinkKey, right: LinkKey) -> Bool {
        left.kind != right.kind ? left.kind.rawValue < right.kind.rawValue : left.id < right.id
    }
}

extension ClusterKill {
    /// Calls `body` with each key once; a kill without pilots has none and is linked to nothing.
    @inline(__always)
    func forEachLinkKey(_ body: (LinkKey) -> Void) {
        if isScuttled {
            for pilot in pilots { body(LinkKey(kind: .scuttler, id: pilot)) }
        } else {
            for party in parties { body(LinkKey(kind: .party, id: party)) }
            for pilot in pilots { body(LinkKey(kind: .pilot, id: pilot)) }
        }
    }

    /// The kill's keys, ascending, each once; empty for a kill without pilots.
    public var linkKeys: [LinkKey] {
        var keys: [LinkKey] = []
        keys.reserveCapacity(parties.count + pilots.count)
        forEachLinkKey { keys.append($0) }
        return keys
    }
}
