/// Invents names; never the same twice.
struct NameMaker {
    private var random: SimulatorRandom
    private var used: Set<String> = []

    init(random: SimulatorRandom) { self.random = random }

    private static let starts = [
        "Ar", "Be", "Ca", "Du", "El", "Fi", "Go", "Ha", "Iv", "Jo", "Ka", "Lu", "Mi", "No", "Or", "Pe", "Qua", "Ru", "Si", "To",
        "Ul", "Va", "We", "Xe", "Yo", "Za",
    ]
    private static let middles = ["la", "mbe", "ri", "sko", "tu", "na", "vi", "do", "pe", "lli", "ru", "ga", "mo", "zi", "fe"]
    private static let ends = ["n", "ra", "tis", "la", "vos", "mar", "dell", "nen", "ka", "sund", "th", "lo", "ry", "x", "bek"]
    private static let moods = [
        "Reasonable", "Sleepy", "Punctual", "Overdressed", "Caffeinated", "Polite", "Absent-Minded", "Cheerful", "Unlicensed",
        "Tuesday", "Suspicious", "Buffered", "Lukewarm", "Accidental", "Diligent", "Borrowed", "Loud", "Second-Hand", "Patient",
        "Wobbly", "Dented", "Lost", "Magnetic", "Unfinished",
    ]
    private static let things = [
        "Otters", "Teapots", "Badgers", "Umbrellas", "Pigeons", "Spanners", "Walruses", "Lampshades", "Hedgehogs", "Pancakes",
        "Capybaras", "Wrenches", "Beetles", "Accountants", "Gardeners", "Penguins", "Tortoises", "Bagpipes", "Ferrets",
        "Toasters",
    ]
    private static let allianceEnds = ["Federation", "Pact", "Coalition", "Union", "Assembly", "Covenant", "Bloc", "League"]
    private static let corporationEnds = [
        "Logistics", "Industries", "Navy", "Salvage", "Syndicate", "Academy", "Mining", "Holdings",
    ]

    private mutating func unique(_ make: (inout SimulatorRandom) -> String) -> String {
        for _ in 0..<40 {
            let name = make(&random)
            if used.insert(name).inserted { return name }
        }
        let name = "\(make(&random)) \(used.count)"
        used.insert(name)
        return name
    }

    mutating func place() -> String {
        unique { random in
            random.pick(Self.starts) + (random.chance(0.6) ? random.pick(Self.middles) : "") + random.pick(Self.ends)
        }
    }

    /// Like `J123456`: digits only, as wormhole systems are called.
    mutating func wormhole() -> String { unique { random in "J\(random.int(100_000...249_999))" } }

    mutating func alliance() -> String {
        unique { random in "\(random.pick(Self.moods)) \(random.pick(Self.things)) \(random.pick(Self.allianceEnds))" }
    }

    mutating func corporation() -> String {
        unique { random in "\(random.pick(Self.moods)) \(random.pick(Self.things)) \(random.pick(Self.corporationEnds))" }
    }

    mutating func character() -> String {
        unique { random in
            let first = random.pick(Self.starts) + random.pick(Self.middles) + (random.chance(0.5) ? random.pick(Self.ends) : "")
            let last = random.pick(Self.starts) + (random.chance(0.5) ? random.pick(Self.middles) : "") + random.pick(Self.ends)
            return "\(first) \(last)"
        }
    }

    /// Up to five capitals made from a name, numbered when taken.
    mutating func ticker(for name: String) -> String {
        let letters = name.split(whereSeparator: { " -".contains($0) }).compactMap { $0.first }
        let base = String(letters.prefix(4)).uppercased()
        if used.insert("[\(base)]").inserted { return base }
        for number in 1...9999 where used.insert("[\(base)\(number)]").inserted { return "\(base)\(number)" }
        return base
    }
}
