import KernelAPI

/// Changes of accounts, so that nobody works with what was before: other pods hear of them when the transaction has committed,
/// this one forgets at once.
struct AccountChanges: Sendable {
    let database: any Database
    let signals: ControlSignals
    let cache: CredentialCache

    /// - Parameter concerning: whose rights, characters or sessions change.
    func make<Value: Sendable>(
        _ name: StaticString, concerning accounts: [AccountID], _ body: @Sendable (any Transaction) async throws -> Value
    ) async throws -> Value {
        try await make(name) { Changed(try await body($0), accounts: accounts) }
    }

    /// For changes of which only the transaction finds out whom they concern.
    func make<Value: Sendable>(
        _ name: StaticString, _ body: @Sendable (any Transaction) async throws -> Changed<Value>
    ) async throws -> Value {
        do {
            let changed = try await database.transaction(name) { transaction in
                let changed = try await body(transaction)
                if !changed.accounts.isEmpty { try await signals.send(.accounts(changed.accounts), in: transaction) }
                return changed
            }
            cache.forget(Set(changed.accounts))
            return changed.value
        } catch let error as DatabaseError where error.code == .commitUnknown {
            cache.forgetAll()
            throw error
        }
    }
}

/// What a transaction did, and to which accounts.
struct Changed<Value: Sendable>: Sendable {
    let value: Value
    let accounts: [AccountID]

    init(_ value: Value, accounts: [AccountID]) {
        self.value = value
        self.accounts = accounts
    }
}
