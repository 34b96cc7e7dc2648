import EVE

/// One pass over any number of kills: the battles of `rule`, by start time, then by the first kill's id.
///
/// The kills may come in any order and repeat; kills in instanced space are left out. The cost is that of sorting.
public func partition(_ kills: [ClusterKill], rule: LinkRule) -> [Cluster] {
    var clusters: [Cluster] = []
    let sorted = sortedBySystem(kills)
    var start = 0
    var links = LinkPass()
    while start < sorted.count {
        var end = start + 1
        while end < sorted.count, sorted[end].solarSystemID == sorted[start].solarSystemID { end += 1 }
        let system = sorted[start..<end]
        switch rule {
        case .specification(let gapMax, _): clusters += sequentialClusters(system, gapMax: gapMax)
        case .bounded(let bounds): clusters += links.clusters(system, bounds: bounds)
        }
        start = end
    }
    clusters.removeAll { $0.kills.count < rule.minKills }
    return clusters.sorted { $0.kills[0].position < $1.kills[0].position }
}

/// The clusterable kills by system, then position, each once.
private func sortedBySystem(_ kills: [ClusterKill]) -> [ClusterKill] {
    // Small values are sorted instead of the kills, which would be retained and released with every comparison.
    var places: [(system: SolarSystemID, position: KillPosition, index: Int)] = []
    places.reserveCapacity(kills.count)
    for (index, kill) in kills.enumerated() where kill.isClusterable {
        places.append((kill.solarSystemID, kill.position, index))
    }
    places.sort { $0.system != $1.system ? $0.system < $1.system : $0.position < $1.position }
    var unique: [ClusterKill] = []
    unique.reserveCapacity(places.count)
    for place in places where unique.last?.id != place.position.id { unique.append(kills[place.index]) }
    return unique
}

/// The specification's pseudocode over the kills of one system in order. Small clusters are not dropped here.
func sequentialClusters(_ kills: some Collection<ClusterKill>, gapMax: Int64) -> [Cluster] {
    var clusters: [Cluster] = []
    var running = SequentialCluster()
    for kill in kills {
        if let flushed = running.append(kill, gapMax: gapMax) { clusters.append(flushed) }
    }
    if let last = running.flush() { clusters.append(last) }
    return clusters
}

/// The running cluster of the specification's pseudocode.
struct SequentialCluster {
    private var kills: [ClusterKill] = []
    private var parties: Set<Int64> = []

    /// Appends the next kill in order; returns the cluster that it closed, if it did.
    mutating func append(_ kill: ClusterKill, gapMax: Int64) -> Cluster? {
        let flushed = accepts(kill, gapMax: gapMax) ? nil : flush()
        kills.append(kill)
        parties.formUnion(kill.overlapParties)
        return flushed
    }

    mutating func flush() -> Cluster? {
        guard let first = kills.first else { return nil }
        let cluster = Cluster(solarSystemID: first.solarSystemID, kills: kills)
        kills = []
        parties = []
        return cluster
    }

    private func accepts(_ kill: ClusterKill, gapMax: Int64) -> Bool {
        guard let last = kills.last else { return true }
        return kill.time - last.time <= gapMax || kill.overlapParties.contains { parties.contains($0) }
    }
}

/// Connected components by shared keys, one system after another.
///
/// Per key only the latest kill is remembered: if an earlier one within the bridge has the key too, it is already connected to
/// the latest. That keeps the pass linear in the number of participants.
private struct LinkPass {
    private struct Sighting {
        var system: SolarSystemID
        var time: Int64
        var index: Int
    }

    /// Kept from system to system, which is cheaper than emptying it thousands of times.
    private var latest: [LinkKey: Sighting] = [:]

    mutating func clusters(_ kills: ArraySlice<ClusterKill>, bounds: LinkBounds) -> [Cluster] {
        var sets = DisjointSets(count: kills.count)
        for (index, kill) in kills.enumerated() {
            kill.forEachLinkKey { key in
                let seen = latest.updateValue(
                    Sighting(system: kill.solarSystemID, time: kill.time, index: index), forKey: key)
                guard let seen, seen.system == kill.solarSystemID else { return }
                if kill.time - seen.time <= bounds.bridge(of: key.kind) { sets.unite(seen.index, index) }
            }
        }
        return sets.groups().map { group in
            Cluster(solarSystemID: kills[kills.startIndex].solarSystemID, kills: group.map { kills[kills.startIndex + $0] })
        }
    }
}
