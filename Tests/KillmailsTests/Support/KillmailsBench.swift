import EVE
import Foundation
import KernelAPI
import KernelTesting

@testable import Killmails

/// The plugin on a database of its own, with outside services that the test writes.
struct KillmailsBench: Sendable {
    let kernel: TestKernel
    let feed: ScriptedFeed
    let source: ScriptedSource
    let names: ScriptedNames
    let log: LogRecorder

    static func run(
        variables: [String: String] = [:], feedBatch: Int = 2, _ body: @Sendable (KillmailsBench) async throws -> Void
    ) async throws {
        let (feed, source, names, log) = (ScriptedFeed(batch: feedBatch), ScriptedSource(), ScriptedNames(), LogRecorder())
        try await TestKernel.run(
            [KillmailsPlugin.self], variables: variables, contracts: contracts(feed, source, names), logger: log.logger
        ) { kernel in
            try await body(KillmailsBench(kernel: kernel, feed: feed, source: source, names: names, log: log))
        }
    }

    static func contracts(
        _ feed: ScriptedFeed = ScriptedFeed(), _ source: ScriptedSource = ScriptedSource(),
        _ names: ScriptedNames = ScriptedNames()
    ) -> ContractRegistry {
        var contracts = ContractRegistry()
        contracts.offer(feed, as: (any KillmailFeed).self)
        contracts.offer(source, as: (any KillmailSource).self)
        contracts.offer(names, as: (any NameSource).self)
        return contracts
    }

    /// A store of its own, as an import would make it.
    func makeStore(on kernel: TestKernel? = nil, retentionMonths: Int = 60) -> KillmailStore {
        let kernel = kernel ?? self.kernel
        return KillmailStore(
            database: kernel.database, stored: kernel.host.queue(QueueName(rawValue: StoredKillmails.queue)), clock: kernel.clock,
            retentionMonths: retentionMonths)
    }

    // MARK: Looking

    func numbers(_ statement: Statement) async throws -> [Int64] {
        try await kernel.database.query(statement).map { try $0.decode(0) }
    }

    func texts(_ statement: Statement) async throws -> [String?] {
        try await kernel.database.query(statement).map { try $0.decode(0) }
    }

    /// The ids in the queue, ascending, as often as they are there.
    func queued() async throws -> [Int64] {
        try await numbers(
            Statement("test.queued", "SELECT key FROM kernel.queue_item WHERE queue = 'killmails.stored' ORDER BY key"))
    }

    func stored() async throws -> [Int64] {
        try await numbers(Statement("test.stored", "SELECT killmail_id FROM contract.killmail ORDER BY killmail_id"))
    }

    /// `sequence code` of each reject.
    func rejects() async throws -> [String?] {
        try await texts(
            Statement("test.rejects", "SELECT sequence || ' ' || code FROM killmails.reject ORDER BY source, sequence"))
    }

    /// `id status` of each known killmail.
    func statuses() async throws -> [String?] {
        try await texts(
            Statement("test.statuses", "SELECT killmail_id || ' ' || status FROM contract.enrichment ORDER BY killmail_id"))
    }
}

/// 2026-01-15 12:00 UTC, where the clock of ``KillmailsBench`` starts.
let noon = Date(timeIntervalSince1970: 1_768_478_400)

func pilot(_ number: Int64) -> Killmail.Affiliation {
    .init(
        characterID: CharacterID(90_000_000 + number), corporationID: CorporationID(98_000_000 + number % 7),
        allianceID: number.isMultiple(of: 2) ? AllianceID(99_000_000 + number % 3) : nil)
}

/// A killmail with `attackers` pilots who did 1, 2, 3... damage; the first had the final blow.
func mail(
    _ id: Int64, at time: Date = noon, attackers: Int = 2, ship: TypeID? = 587, system: SolarSystemID = 30_000_142,
    value: ISK? = ISK(hundredths: 1_610_717)
) -> Killmail {
    var assailants: [Killmail.Attacker] = []
    for number in 0..<attackers {
        let weapon: TypeID? = number == 0 ? nil : 2_488
        assailants.append(
            Killmail.Attacker(
                affiliation: pilot(10_000 + Int64(number)), shipTypeID: 24_690, weaponTypeID: weapon,
                damageDone: Int64(number + 1), finalBlow: number == 0))
    }
    let victim = Killmail.Victim(affiliation: pilot(id), shipTypeID: ship, damageTaken: Int64(attackers))
    return Killmail(
        id: KillmailID(id), hash: hash(id), time: time, solarSystemID: system, victim: victim, attackers: assailants,
        totalValue: value)
}

/// 40 hexadecimal digits that tell the id.
func hash(_ id: Int64) -> String {
    let digits = String(id, radix: 16)
    return String(repeating: "0", count: 40 - digits.count) + digits
}
