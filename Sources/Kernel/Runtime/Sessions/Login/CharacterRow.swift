import Foundation
import KernelAPI

/// A character as it lies in `kernel.character`, as far as a login needs it.
struct CharacterRow: Sendable, Hashable {
    let id: UUID
    let account: AccountID
    /// `nil`: nobody has logged in with it; roles were given in advance.
    let ownerHash: String?

    /// Nobody else logs in with the character until the transaction ends, also when it is not there yet.
    static func lock(_ eveCharacterID: Int64, in transaction: any Transaction) async throws -> CharacterRow? {
        try await transaction.query(lockNumber, eveCharacterID)
        return try await transaction.query(select, eveCharacterID).first.map { row in
            var columns = row.columns
            return CharacterRow(id: try columns.next(), account: try columns.next(), ownerHash: try columns.next())
        }
    }

    /// The two numbers of an advisory lock: ours, and the character's folded into 31 bits.
    private static let lockNumber = Statement(
        "kernel.lock_character", "SELECT pg_advisory_xact_lock(7355608, (($1::bigint) % 2147483647)::int)")
    private static let select = Statement(
        "kernel.select_character",
        """
        SELECT id, account, owner_hash FROM kernel.character WHERE eve_character_id = $1 FOR UPDATE
        """)
}
