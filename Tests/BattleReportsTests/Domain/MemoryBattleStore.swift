import EVE

@testable import BattleReports

/// Offers what tables would: kills by range, presences by key and window, counts by battle. Nothing else is remembered
/// between batches.
struct MemoryBattleStore {
    typealias BattleID = Int

    let rule: LinkRule
    private(set) var kills: [KillmailID: ClusterKill] = [:]
    private(set) var battleOf: [KillmailID: BattleID] = [:]
    private(set) var presences: Set<OwnedPresence> = []
    /// Where ids that ended went; a dissolved battle's id goes to one of its kills.
    private(set) var redirects: [BattleID: BattleID] = [:]
    private(set) var dissolvedInto: [BattleID: KillmailID] = [:]
    private(set) var nextID: BattleID = 1
    private(set) var changes: [BattleChange<BattleID>] = []
    /// How many stored kills were handed to the bounded engine.
    private(set) var killsLoaded = 0

    struct OwnedPresence: Hashable {
        let system: SolarSystemID
        let presence: Presence<BattleID>
    }

    init(rule: LinkRule) { self.rule = rule }

    /// The battles, as one pass lists them.
    var partition: Set<[KillmailID]> {
        Set(Dictionary(grouping: battleOf.keys) { battleOf[$0] ?? 0 }.values.map { $0.sorted() })
    }

    func members(of battle: BattleID) -> [KillmailID] { battleOf.filter { $0.value == battle }.map(\.key).sorted() }

    func resolve(_ id: BattleID) -> BattleID? {
        var id = id
        for _ in 0...nextID {
            if let next = redirects[id] {
                id = next
            } else if let kill = dissolvedInto[id] {
                guard let battle = battleOf[kill] else { return nil }
                id = battle
            } else {
                return id
            }
        }
        return nil
    }

    mutating func add(_ batch: [ClusterKill], pageSize: Int = 7) {
        var fresh: [SolarSystemID: [ClusterKill]] = [:]
        var seen: Set<KillmailID> = []
        for kill in batch where kill.isClusterable && kills[kill.id] == nil && seen.insert(kill.id).inserted {
            fresh[kill.solarSystemID, default: []].append(kill)
        }
        for (system, new) in fresh {
            switch rule {
            case .bounded(let bounds): link(new, system: system, bounds: bounds)
            case .specification(let gapMax, let minKills):
                read(new, system: system, gapMax: gapMax, minKills: minKills, pageSize: pageSize)
            }
        }
    }

    private mutating func link(_ new: [ClusterKill], system: SolarSystemID, bounds: LinkBounds) {
        let engine = BoundedClustering<BattleID>(newKills: new, bounds: bounds)
        let request = engine.request
        let found = presences.filter { owned in
            owned.system == system
                && request.presences.contains {
                    $0.key == owned.presence.key && owned.presence.first <= $0.to && owned.presence.last >= $0.from
                }
        }.map(\.presence)
        let waiting = kills.values.filter { kill in
            kill.solarSystemID == system && battleOf[kill.id] == nil && request.waiting?.contains(kill.time) == true
        }
        let outlines = Set(found.map(\.battle)).map { battle in
            let members = members(of: battle)
            return BoundedClustering<BattleID>.Outline(
                battle: battle, killCount: members.count, smallestKillmailID: members[0])
        }
        killsLoaded += waiting.count
        for kill in new { kills[kill.id] = kill }
        let state = BoundedClustering<BattleID>.State(presences: found, waiting: waiting, outlines: outlines)
        for outcome in engine.outcome(from: state) {
            let battle = apply([outcome.change])[0]
            for old in outcome.replaced { presences.remove(OwnedPresence(system: system, presence: old)) }
            for owned in presences where outcome.change.absorbed.contains(owned.presence.battle) {
                let old = owned.presence
                presences.remove(owned)
                presences.insert(
                    OwnedPresence(
                        system: system, presence: Presence(key: old.key, first: old.first, last: old.last, battle: battle)))
            }
            for span in outcome.added {
                let presence = Presence(key: span.key, first: span.first, last: span.last, battle: battle)
                presences.insert(OwnedPresence(system: system, presence: presence))
            }
        }
    }

    private mutating func read(
        _ new: [ClusterKill], system: SolarSystemID, gapMax: Int64, minKills: Int, pageSize: Int
    ) {
        let engine = SequentialClustering<BattleID>(newKills: new, gapMax: gapMax, minKills: minKills)
        let stored = kills.values.filter { $0.solarSystemID == system }.sorted { $0.position < $1.position }
        let earliest = new.map(\.position).min() ?? KillPosition(time: 0, id: 0)
        let before = stored.filter { $0.position < earliest }.reversed().map(place)
        var start: KillPosition?
        var size = pageSize
        while start == nil {
            start = engine.start(before: Array(before.prefix(size)), reachesBeginning: size >= before.count)
            size += pageSize
        }
        for kill in new { kills[kill.id] = kill }
        let region = (stored + new).filter { $0.position >= start ?? earliest }.sorted { $0.position < $1.position }.map(place)
        size = pageSize
        while true {
            if case .done(let changes) = engine.step(region: Array(region.prefix(size)), reachesEnd: size >= region.count) {
                apply(changes)
                return
            }
            size += pageSize
        }
    }

    private func place(_ kill: ClusterKill) -> SequentialClustering<BattleID>.PlacedKill {
        .init(kill: kill, battle: battleOf[kill.id])
    }

    /// Applies changes in the order that ``BattleChange`` documents; returns each change's battle.
    @discardableResult
    mutating func apply(_ list: [BattleChange<BattleID>]) -> [BattleID] {
        let ids = list.map { change in
            if let battle = change.battle { return battle }
            defer { nextID += 1 }
            return nextID
        }
        for (change, id) in zip(list, ids) {
            for old in change.absorbed {
                for kill in members(of: old) { battleOf[kill] = id }
                redirects[old] = id
            }
        }
        for change in list { for kill in change.left { battleOf[kill] = nil } }
        for (change, id) in zip(list, ids) {
            for kill in change.joined { battleOf[kill] = id }
            if change.isDissolved { dissolvedInto[id] = change.left[0] }
        }
        changes += list
        return ids
    }
}
