public import Foundation
public import HTTPTypes
public import KernelAPI
import Synchronization

/// Somebody with a browser: an account with a character, roles and a session in the database, and the cookie that goes with it.
/// Who they are is found out as for everybody, unlike with a ``TestKernel``'s principals.
public final class Person: Sendable {
    public let account: UUID
    public let eveCharacterID: Int64
    private let kernel: TestKernel
    private let token: Mutex<String?>

    fileprivate init(_ account: UUID, _ eveCharacterID: Int64, _ token: String, _ kernel: TestKernel) {
        self.account = account
        self.eveCharacterID = eveCharacterID
        self.kernel = kernel
        self.token = Mutex(token)
    }

    /// `account:0f8f...`, as the audit log names the account.
    public var auditTarget: String { "account:\(account.uuidString.lowercased())" }

    /// The session's token.
    public var session: String? { token.withLock { $0 } }

    /// What this browser sends along.
    public func headers(_ method: HTTPRequest.Method) -> HTTPFields {
        var headers: HTTPFields = [.userAgent: "Test browser"]
        if let session { headers[.cookie] = "battlescope_session=\(session)" }
        if method != .get { headers[.origin] = TestKernel.origin }
        return headers
    }

    /// Calls a route and keeps the cookie that comes back.
    @discardableResult
    public func send(_ method: HTTPRequest.Method, _ target: String, _ body: String? = nil) async -> TestAnswer {
        let answer = await kernel.send(method, target, headers: headers(method), body: body, as: nil)
        for cookie in answer.headers[values: .setCookie] where cookie.hasPrefix("battlescope_session=") {
            let value = cookie.dropFirst("battlescope_session=".count).prefix { $0 != ";" }
            token.withLock { $0 = value.isEmpty ? nil : String(value) }
        }
        return answer
    }

    public func get(_ target: String) async -> TestAnswer { await send(.get, target) }
    @discardableResult
    public func post(_ target: String, _ body: String? = nil) async -> TestAnswer { await send(.post, target, body) }
    @discardableResult
    public func put(_ target: String, _ body: String? = nil) async -> TestAnswer { await send(.put, target, body) }
    @discardableResult
    public func patch(_ target: String, _ body: String? = nil) async -> TestAnswer { await send(.patch, target, body) }
    @discardableResult
    public func delete(_ target: String) async -> TestAnswer { await send(.delete, target) }

    /// A key of this account for programs.
    ///
    /// - Parameter features: whose routes it opens.
    public func makeKey(for features: [FeatureKey]) async throws -> String {
        let key = "bsk_" + Self.newToken()
        let now = kernel.clock.now
        try await kernel.database.query(
            Self.insertKey, UUID(), key, account, features.map(\.rawValue), now, now.addingTimeInterval(86_400))
        return key
    }

    private static let insertKey = Statement(
        "test.insert_key",
        """
        INSERT INTO kernel.api_key (id, key_hash, account, name, features, created_at, expires_at)
        VALUES ($1, sha256(convert_to($2, 'UTF8')), $3, 'Test', $4, $5, $6)
        """)

    fileprivate static func newToken() -> String {
        String((UUID().uuidString + UUID().uuidString).replacing("-", with: "").prefix(43))
    }
}

extension TestKernel {
    /// Lets somebody exist who has just logged in.
    ///
    /// - Parameters:
    ///   - name: of account and character.
    ///   - isBlocked: the session was there before the block, and nobody ended it.
    ///   - viewed: whose rights the session looks with.
    public func person(
        _ name: String, roles: [FeatureKey: Role] = [:], isSuperAdmin: Bool = false, isBlocked: Bool = false,
        corporation: Int64 = 98_000_001, alliance: Int64? = nil, lookingAs viewed: Person? = nil
    ) async throws -> Person {
        let (account, token, now) = (UUID(), Person.newToken(), clock.now)
        let character: Int64 = try await database.query(
            Self.insertPerson, account, name, isSuperAdmin, isBlocked ? now : nil, UUID(), now, corporation, alliance,
            roles.keys.map(\.rawValue), roles.values.map(\.rank), UUID(), token, viewed?.account
        ).scalar()
        return Person(account, character, token, self)
    }

    private static let insertPerson = Statement(
        "test.insert_person",
        """
        WITH new_account AS (
            INSERT INTO kernel.account (
                id, display_name, is_superadmin, blocked_at, blocked_reason, primary_character, created_at, last_login_at)
            VALUES ($1, $2, $3, $4, CASE WHEN $4::timestamptz IS NOT NULL THEN 'Test' END, $5, $6, $6)),
        new_character AS (
            INSERT INTO kernel.character (
                id, eve_character_id, account, name, owner_hash, linked_at, corporation_id, alliance_id, affiliation_checked_at)
            SELECT $5, coalesce(max(eve_character_id), 90000000) + 1, $1, $2, 'owner', $6, $7, $8, $6 FROM kernel.character
            RETURNING eve_character_id),
        new_roles AS (
            INSERT INTO kernel.feature_role (account, feature, rank, granted_at)
            SELECT $1, feature, rank, $6 FROM unnest($9::text[], $10::bigint[]) AS given (feature, rank)),
        new_session AS (
            INSERT INTO kernel.session (id, token_hash, account, created_at, last_seen_at, expires_at, view_as)
            VALUES ($11, sha256(convert_to($12, 'UTF8')), $1, $6, $6, $6 + interval '30 days', $13))
        SELECT eve_character_id FROM new_character
        """)
}
