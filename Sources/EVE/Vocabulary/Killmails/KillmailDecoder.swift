public import struct Foundation.Date

/// Reads killmails in every shape they are published in.
///
/// ESI's own shape, with or without zKillboard's `zkb` block beside it; zKillboard's older package `{killID, killmail, zkb}`,
/// bare or below `package`; the live feed's envelope with the mail below `esi`. Lenient where the services are vague:
/// unknown members, nulls and absent optional values are fine. Strict where a wrong value would corrupt a battle.
public struct KillmailDecoder: Sendable {
    /// Times beyond this are refused: a day after the decoder's "now".
    let latestSecond: Int64

    /// - Parameter now: the present, to tell a killmail from the future.
    public init(now: Date) {
        latestSecond = Int64(now.timeIntervalSince1970) + 86_400
    }

    public func decode(_ bytes: UnsafeRawBufferPointer) throws(KillmailDecodingError) -> Killmail {
        var reader = KillmailReader(bytes, latestSecond: latestSecond)
        do {
            try reader.readDocument()
            return try reader.killmail()
        } catch {
            throw reader.explain(error, in: bytes)
        }
    }

    public func decode(_ bytes: some Sequence<UInt8>) throws(KillmailDecodingError) -> Killmail {
        try withBytes(of: bytes) { (buffer) throws(KillmailDecodingError) in try decode(buffer) }
    }

    /// Reads a file of the live feed. A killmail inside that breaks a rule is part of the answer; throws when the file
    /// is no envelope at all.
    public func decodeEnvelope(_ bytes: UnsafeRawBufferPointer) throws(KillmailDecodingError) -> R2Z2Envelope {
        var reader = KillmailReader(bytes, latestSecond: latestSecond)
        do {
            reader.keepsGoing = true
            try reader.readDocument()
            return try reader.envelope(in: bytes)
        } catch {
            throw reader.explain(error, in: bytes)
        }
    }

    public func decodeEnvelope(_ bytes: some Sequence<UInt8>) throws(KillmailDecodingError) -> R2Z2Envelope {
        try withBytes(of: bytes) { (buffer) throws(KillmailDecodingError) in try decodeEnvelope(buffer) }
    }

    private func withBytes<Result>(
        of bytes: some Sequence<UInt8>, _ body: (UnsafeRawBufferPointer) throws(KillmailDecodingError) -> Result
    ) throws(KillmailDecodingError) -> Result {
        // Typed throws do not pass through the standard library's closures here, a Result does.
        func run(_ buffer: UnsafeBufferPointer<UInt8>) -> Swift.Result<Result, KillmailDecodingError> {
            Swift.Result { () throws(KillmailDecodingError) in try body(UnsafeRawBufferPointer(buffer)) }
        }
        let outcome = bytes.withContiguousStorageIfAvailable(run) ?? Array(bytes).withUnsafeBufferPointer(run)
        return try outcome.get()
    }
}
