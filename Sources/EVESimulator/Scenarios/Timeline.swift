internal import HeapModule

/// The endless history of the universe, written ten minutes at a time and read in the order of publishing.
///
/// What comes out depends on the seed and the rates alone, never on how often somebody looks.
struct Timeline {
    let universe: Universe
    /// Kills a simulated day before and after `liveFrom`.
    private let backlogRate: Double
    private let liveRate: Double
    private let liveFrom: Int64
    private var writer: ScenarioWriter
    private var deck: [Scenario] = []
    private var random: SimulatorRandom
    private var nextChunk: Int64 = 0
    /// Kills still owed to the rate; negative after a large fight.
    private var owed = 0.0
    private var nextID: Int64
    private var waiting = Heap<Waiting>()

    private static let chunkSeconds: Int64 = 600

    private struct Waiting: Comparable {
        let kill: GeneratedKill
        static func < (left: Waiting, right: Waiting) -> Bool {
            (left.kill.publishAt, left.kill.id) < (right.kill.publishAt, right.kill.id)
        }
        static func == (left: Waiting, right: Waiting) -> Bool { left.kill.id == right.kill.id }
    }

    init(universe: Universe, firstKillID: Int64, backlogRate: Double, liveRate: Double, liveFrom: Int64) {
        self.universe = universe
        self.backlogRate = backlogRate
        self.liveRate = liveRate
        self.liveFrom = liveFrom
        nextID = firstKillID
        writer = ScenarioWriter(universe: universe)
        random = SimulatorRandom(seed: universe.seed, stream: 11)
    }

    /// The next kill that is published at or before `time`, if there is one.
    mutating func next(until time: Int64) -> GeneratedKill? {
        // A chunk holds nothing that is published before it begins: no more of them are written than are needed.
        while nextChunk <= min(time, waiting.min?.kill.publishAt ?? .max) { writeChunk() }
        guard let first = waiting.min, first.kill.publishAt <= time else { return nil }
        return waiting.popMin()?.kill
    }

    /// The next kill, however far in the future; the timeline has no end.
    mutating func next() -> GeneratedKill? { next(until: .max / 4) }

    private mutating func writeChunk() {
        let rate = nextChunk < liveFrom ? backlogRate : liveRate
        owed += rate * Double(Self.chunkSeconds) / 86400
        var kills: [GeneratedKill] = []
        while owed > 0 {
            if deck.isEmpty { deck = random.shuffled(Scenario.allCases.flatMap { Array(repeating: $0, count: $0.cards) }) }
            let start = nextChunk + Int64(random.int(0...(Int(Self.chunkSeconds) - 1)))
            let written = writer.write(deck.removeLast(), at: start)
            owed -= Double(written.count)
            kills += written
        }
        kills.sort { $0.time < $1.time }
        for kill in kills {
            var kill = kill
            kill.id = nextID
            nextID += 1
            // zKillboard learns of most losses within a minute; two in a hundred arrive hours late.
            let late = random.chance(0.02)
            kill.publishAt = kill.time + Int64(late ? random.int(3600...6 * 3600) : random.int(40...75))
            waiting.insert(Waiting(kill: kill))
        }
        nextChunk += Self.chunkSeconds
    }
}
