import Foundation
import KernelAPI
import KernelTesting
import Testing

@testable import KernelRuntime

/// Random changes by random people, against a model that knows the table of `docs/access.md` and nothing of the code.
@Suite struct RoleModelTests {
    private struct Person: Equatable {
        var isSuperAdmin = false
        var isBlocked = false
        var roles: [FeatureKey: Role] = [:]

        var isAdminOfAny: Bool { isSuperAdmin || roles.values.contains(.admin) }
    }

    private enum Change {
        case role(FeatureKey, Role?)
        case superAdmin(Bool)
        case block
        case unblock
    }

    /// The table, line by line.
    private static func may(_ change: Change, _ actor: Int, _ target: Int, _ people: [Person]) -> Bool {
        let (who, whom) = (people[actor], people[target])
        if who.isBlocked { return false }
        switch change {
        case .role(let feature, let role):
            if who.isSuperAdmin { return true }
            let own = who.roles[feature]?.rank ?? 0
            return own >= 40 && (role?.rank ?? 0) <= own && (whom.roles[feature]?.rank ?? 0) <= own && actor != target
                && !whom.isSuperAdmin
        case .superAdmin(let new):
            if !who.isSuperAdmin || (new && whom.isBlocked && !whom.isSuperAdmin) { return false }
            let others = people.indices.filter { $0 != target && people[$0].isSuperAdmin && !people[$0].isBlocked }
            return new || !whom.isSuperAdmin || !others.isEmpty
        case .block, .unblock: return who.isAdminOfAny && !whom.isSuperAdmin && actor != target
        }
    }

    private static func apply(_ change: Change, _ target: Int, _ people: inout [Person]) {
        switch change {
        case .role(let feature, let role): people[target].roles[feature] = role
        case .superAdmin(let new): people[target].isSuperAdmin = new
        case .block: people[target].isBlocked = true
        case .unblock: people[target].isBlocked = false
        }
    }

    private static func random(_ generator: inout SeededGenerator) -> Change {
        switch Int.random(in: 0..<10, using: &generator) {
        case 0..<6:
            let role = ([nil] + Role.allCases.map { Optional($0) }).randomElement(using: &generator) ?? nil
            return .role(Bool.random(using: &generator) ? "alpha" : "beta", role)
        case 6, 7: return .superAdmin(Bool.random(using: &generator))
        case 8: return .block
        default: return .unblock
        }
    }

    @Test(
        "What is allowed happens, what is not changes nothing, and somebody is always in charge",
        arguments: [1, 2, 3] as [UInt64])
    func model(_ seed: UInt64) async throws {
        try await IdentityBench.run { bench in
            var generator = SeededGenerator(seed: seed)
            var principals: [Principal] = []
            for id in 0..<5 as Range<Int64> {
                let browser = try await bench.login(IdentityBench.superAdmin + id)
                principals.append(try #require(try await bench.principal(browser)))
            }
            let accounts = bench.identity.accounts
            var people = [Person](repeating: Person(), count: principals.count)
            people[0].isSuperAdmin = true
            var allowed = 0
            for step in 0..<400 {
                let (actor, target) = (Int.random(in: 0..<5, using: &generator), Int.random(in: 0..<5, using: &generator))
                let change = Self.random(&generator)
                let expected = Self.may(change, actor, target, people)
                if expected { Self.apply(change, target, &people) }
                let record: AccountRecord?
                do {
                    record = try await make(change, by: principals[actor], of: principals[target].accountID, accounts)
                } catch is Problem {
                    record = nil
                }
                #expect((record != nil) == expected, "seed \(seed), step \(step): \(change) by \(actor) on \(target)")
                allowed += expected ? 1 : 0
                for (person, principal) in zip(people, principals) {
                    let now = try await accounts.account(principal.accountID)
                    let is_ = Person(isSuperAdmin: now.isSuperAdmin, isBlocked: now.isBlocked, roles: now.roles)
                    #expect(is_ == person, "seed \(seed), step \(step)")
                }
                #expect(people.contains { $0.isSuperAdmin && !$0.isBlocked }, "seed \(seed), step \(step)")
            }
            #expect((50..<350).contains(allowed), "the test should see both: \(allowed) of 400 were allowed")
        }
    }

    private func make(
        _ change: Change, by principal: Principal, of id: UUID, _ accounts: AccountManager
    ) async throws -> AccountRecord {
        switch change {
        case .role(let feature, let role):
            try await accounts.setRole(role, on: feature, of: id, by: principal, actor: .system)
        case .superAdmin(let new): try await accounts.setSuperAdmin(new, of: id, by: principal, actor: .system)
        case .block: try await accounts.block(id, reason: "x", by: principal, actor: .system)
        case .unblock: try await accounts.unblock(id, by: principal, actor: .system)
        }
    }
}
