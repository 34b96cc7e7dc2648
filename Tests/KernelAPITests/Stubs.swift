import KernelAPI

// Stand-ins for a host of which a test uses nothing.
struct NoDatabase: Database {
    struct NotThere: Error {}

    func query(_ statement: Statement, bindings: Bindings) async throws -> Rows { throw NotThere() }
    func pipeline(_ batch: [BoundStatement]) async throws -> [Rows] { throw NotThere() }
    func transaction<Result: Sendable>(
        _ name: StaticString, isolation: IsolationLevel, _ body: @Sendable (any Transaction) async throws -> Result
    ) async throws -> Result { throw NotThere() }
}

struct NoCursors: CursorSigner {
    func seal(_ payload: String, scope: String) -> String { payload }
    func open(_ cursor: String, scope: String) throws -> String { cursor }
}

struct NoQueue: Queue {
    var name: QueueName { "none" }
    func push(_ keys: [Int64], in transaction: any Transaction) async throws {}
    func take(atMost limit: Int, in transaction: any Transaction) async throws -> [Int64] { [] }
    func count(in session: any SQLSession) async throws -> Int { 0 }
}

struct NoBus: Bus {
    func publish<Payload>(_ topic: Topic<Payload>, _ payloads: [Payload], in transaction: any Transaction) async throws {}
    func subscribe(to topics: Set<TopicName>, after: Int64?, capacity: Int) async throws -> BusSubscription {
        BusSubscription { .init { nil } }
    }
}

struct NoCache: Cache {
    func value(_ key: CacheKey) async -> [UInt8]? { nil }
    func set(_ key: CacheKey, to value: [UInt8], for lifetime: Duration) async {}
    func remove(_ keys: [CacheKey]) async {}
}

struct NoAudit: AuditTrail {
    func record(_ entry: AuditEntry, in transaction: any Transaction) async throws {}
}
