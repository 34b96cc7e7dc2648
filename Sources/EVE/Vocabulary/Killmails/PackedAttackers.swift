/// The attackers of one killmail as one compact value: what the database keeps and the view `contract.killmail` tells.
///
/// Version 1 is a list of numbers: 1, how many attackers there are, and for each its flags, what the flags announce (character,
/// corporation, alliance, faction, ship type, weapon type), and the damage. Numbers are unsigned LEB128: seven bits a byte, the
/// lowest first, the highest bit set in all bytes but the last. Most attackers stand for the same as the one before them, so
/// that is a flag. An attacker takes about 15 bytes, where a row of a table with its index takes 150.
public struct PackedAttackers: Sendable, Hashable {
    public let bytes: [UInt8]

    /// - Parameter bytes: anything; ``unpacked()`` finds out.
    public init(bytes: [UInt8]) { self.bytes = bytes }

    /// Every list can be packed, whatever its ids and damage are.
    public init(_ attackers: [Killmail.Attacker]) {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(4 + 24 * attackers.count)
        bytes.appendNumber(Self.version)
        bytes.appendNumber(UInt64(attackers.count))
        var before = Killmail.Affiliation()
        for attacker in attackers {
            Self.append(attacker, after: before, to: &bytes)
            before = attacker.affiliation
        }
        self.bytes = bytes
    }

    /// - Throws: when the bytes are not what ``init(_:)`` writes: another version, or damaged.
    public func unpacked() throws(PackedAttackersError) -> [Killmail.Attacker] {
        var reader = NumberReader(bytes)
        let version = try reader.next()
        guard version == Self.version else { throw PackedAttackersError(.unknownVersion, offset: 0) }
        let count = try reader.next()
        // Flags and damage are two bytes at least: a lie about the count reserves no memory.
        guard count <= UInt64(reader.remaining / 2) else { throw reader.error(.truncated) }
        var attackers: [Killmail.Attacker] = []
        attackers.reserveCapacity(Int(count))
        for _ in 0..<count { attackers.append(try Self.attacker(after: attackers.last, from: &reader)) }
        guard reader.remaining == 0 else { throw reader.error(.malformed) }
        return attackers
    }

    private static let version: UInt64 = 1

    private struct Flags: OptionSet {
        let rawValue: UInt64
        static let character = Flags(rawValue: 1)
        /// Corporation, alliance and faction are those of the attacker before and not written.
        static let sameGroup = Flags(rawValue: 2)
        static let corporation = Flags(rawValue: 4)
        static let alliance = Flags(rawValue: 8)
        static let faction = Flags(rawValue: 16)
        static let ship = Flags(rawValue: 32)
        static let weapon = Flags(rawValue: 64)
        /// Once a mail at most, so it is the one that takes a second byte.
        static let finalBlow = Flags(rawValue: 128)
        static let group: Flags = [.corporation, .alliance, .faction]
        static let all = Flags(rawValue: 255)
    }

    private static func append(
        _ attacker: Killmail.Attacker, after before: Killmail.Affiliation, to bytes: inout [UInt8]
    ) {
        let own = attacker.affiliation
        var flags: Flags = attacker.finalBlow ? .finalBlow : []
        if own.characterID != nil { flags.insert(.character) }
        if own.corporationID != nil { flags.insert(.corporation) }
        if own.allianceID != nil { flags.insert(.alliance) }
        if own.factionID != nil { flags.insert(.faction) }
        if attacker.shipTypeID != nil { flags.insert(.ship) }
        if attacker.weaponTypeID != nil { flags.insert(.weapon) }
        let isSame =
            own.corporationID == before.corporationID && own.allianceID == before.allianceID && own.factionID == before.factionID
        if isSame, !flags.isDisjoint(with: .group) {
            flags.subtract(.group)
            flags.insert(.sameGroup)
        }
        bytes.appendNumber(flags.rawValue)
        bytes.appendNumber(own.characterID)
        if !flags.contains(.sameGroup) {
            bytes.appendNumber(own.corporationID)
            bytes.appendNumber(own.allianceID)
            bytes.appendNumber(own.factionID)
        }
        bytes.appendNumber(attacker.shipTypeID)
        bytes.appendNumber(attacker.weaponTypeID)
        bytes.appendNumber(UInt64(bitPattern: attacker.damageDone))
    }

    private static func attacker(
        after before: Killmail.Attacker?, from reader: inout NumberReader
    ) throws(PackedAttackersError) -> Killmail.Attacker {
        let flags = Flags(rawValue: try reader.next())
        guard flags.isSubset(of: .all) else { throw reader.error(.malformed) }
        var own = Killmail.Affiliation()
        if flags.contains(.character) { own.characterID = try reader.nextID() }
        if flags.contains(.sameGroup) {
            guard let group = before?.affiliation, flags.isDisjoint(with: .group) else { throw reader.error(.malformed) }
            (own.corporationID, own.allianceID, own.factionID) = (group.corporationID, group.allianceID, group.factionID)
        }
        if flags.contains(.corporation) { own.corporationID = try reader.nextID() }
        if flags.contains(.alliance) { own.allianceID = try reader.nextID() }
        if flags.contains(.faction) { own.factionID = try reader.nextID() }
        return Killmail.Attacker(
            affiliation: own, shipTypeID: flags.contains(.ship) ? try reader.nextID() : nil,
            weaponTypeID: flags.contains(.weapon) ? try reader.nextID() : nil,
            damageDone: Int64(bitPattern: try reader.next()), finalBlow: flags.contains(.finalBlow))
    }
}

/// Why packed attackers cannot be read. Its description is safe to log.
public struct PackedAttackersError: Error, Sendable, Hashable, CustomStringConvertible {
    public enum Code: String, Sendable {
        /// Written by a program that is newer than this one.
        case unknownVersion = "unknown_version"
        /// The bytes end too early.
        case truncated
        /// The bytes are none that were ever written.
        case malformed
    }

    public let code: Code
    /// The byte up to which they were read, from 0.
    public let offset: Int

    init(_ code: Code, offset: Int) {
        self.code = code
        self.offset = offset
    }

    public var description: String { "packed attackers: \(code.rawValue) at byte \(offset)" }
}

/// Reads LEB128 numbers from front to back.
private struct NumberReader {
    private let bytes: [UInt8]
    private var position = 0

    init(_ bytes: [UInt8]) { self.bytes = bytes }

    var remaining: Int { bytes.count - position }

    func error(_ code: PackedAttackersError.Code) -> PackedAttackersError { PackedAttackersError(code, offset: position) }

    mutating func next() throws(PackedAttackersError) -> UInt64 {
        var number: UInt64 = 0
        var shift: UInt64 = 0
        while position < bytes.count {
            let byte = bytes[position]
            position += 1
            // The tenth byte holds the last of 64 bits.
            guard shift < 63 || byte <= 1 else { throw error(.malformed) }
            number |= UInt64(byte & 0x7f) << shift
            if byte < 0x80 { return number }
            shift += 7
        }
        throw error(.truncated)
    }

    mutating func nextID<ID: Identifier>() throws(PackedAttackersError) -> ID {
        ID(rawValue: Int64(bitPattern: try next()))
    }
}

extension [UInt8] {
    fileprivate mutating func appendNumber(_ number: UInt64) {
        var rest = number
        while rest >= 0x80 {
            append(UInt8(truncatingIfNeeded: rest) | 0x80)
            rest >>= 7
        }
        append(UInt8(truncatingIfNeeded: rest))
    }

    /// Nothing for an id that is missing: the flags tell.
    fileprivate mutating func appendNumber<ID: Identifier>(_ id: ID?) {
        if let id { appendNumber(UInt64(bitPattern: id.rawValue)) }
    }
}
