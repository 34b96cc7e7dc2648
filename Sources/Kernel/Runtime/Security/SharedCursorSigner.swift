import KernelAPI
import KernelPostgres
import Synchronization

/// Signs with the key that all pods share. Until it is read from the database the key is a random one of this process:
/// plugins are made before the schema exists, requests come after.
final class SharedCursorSigner: CursorSigner {
    private let signer = Mutex(HMACCursorSigner(key: (0..<32).map { _ in UInt8.random(in: 0...255) }))

    func load(from database: PostgresDatabase) async throws {
        let key: SQLBytes = try await database.query(Self.select).scalar()
        signer.withLock { $0 = HMACCursorSigner(key: key.bytes) }
    }

    func seal(_ payload: String, scope: String) -> String {
        signer.withLock { $0 }.seal(payload, scope: scope)
    }

    func open(_ cursor: String, scope: String) throws -> String {
        try signer.withLock { $0 }.open(cursor, scope: scope)
    }

    private static let select = Statement(
        "kernel.select_cursor_key", "SELECT value FROM kernel.secret WHERE name = 'cursor_signing'")
}
