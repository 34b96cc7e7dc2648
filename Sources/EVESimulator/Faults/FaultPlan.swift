/// Which faults are on, how often, and whom they hit. A number is hit or spared by the seed alone, not by chance at the
/// time of the request, so that a failure can be repeated.
public struct FaultPlan: Sendable, Equatable {
    /// Share of numbers that are hit, 0 ... 1.
    public private(set) var rates: [Fault: Double]

    public init(_ faults: some Sequence<Fault> = []) {
        rates = Dictionary(faults.map { ($0, $0.defaultRate) }, uniquingKeysWith: { first, _ in first })
    }

    /// A plan in which one fault hits everything, or a given share.
    public init(_ fault: Fault, rate: Double) { rates = [fault: rate] }

    public static let none = FaultPlan()
    public static let all = FaultPlan(Fault.allCases)

    /// Reads `all`, `none`, or a list such as `reorder,hole=0.2`; `all,reorder=0.3` and `all,huge=0` work too.
    public init(parsing text: String) throws(SimulatorError) {
        rates = [:]
        for part in text.split(separator: ",").map({ $0.trimmed }) where !part.isEmpty {
            let pieces = part.split(separator: "=", maxSplits: 1).map(\.trimmed)
            if pieces[0] == "none" { continue }
            var chosen = Fault.allCases
            if pieces[0] != "all" {
                guard let fault = Fault(rawValue: pieces[0]) else { throw Self.unknown(pieces[0]) }
                chosen = [fault]
            }
            for fault in chosen {
                guard pieces.count == 2 else { rates[fault] = fault.defaultRate; continue }
                guard let rate = Double(pieces[1]), (0...1).contains(rate) else {
                    throw .badConfiguration("the rate of a fault lies between 0 and 1: \(part)")
                }
                rates[fault] = rate == 0 ? nil : rate
            }
        }
    }

    private static func unknown(_ name: String) -> SimulatorError {
        let known = Fault.allCases.map(\.rawValue).joined(separator: ", ")
        return .badConfiguration("there is no fault named \(name); there are: all, none, \(known)")
    }

    public func isOn(_ fault: Fault) -> Bool { rates[fault] != nil }

    func hits(_ fault: Fault, _ number: Int64, seed: UInt64) -> Bool {
        guard let rate = rates[fault] else { return false }
        if rate >= 1 { return true }
        var random = Self.random(fault, number, seed: seed)
        return random.chance(rate)
    }

    /// The draws that decide how a fault looks for one number.
    static func random(_ fault: Fault, _ number: Int64, seed: UInt64) -> SimulatorRandom {
        let index = UInt64(Fault.allCases.firstIndex(of: fault) ?? 0)
        return SimulatorRandom(seed: seed, stream: 100 + index, index: UInt64(bitPattern: number))
    }
}

extension FaultPlan: ExpressibleByArrayLiteral {
    public init(arrayLiteral elements: Fault...) { self.init(elements) }
}

extension StringProtocol {
    /// Without spaces at both ends.
    var trimmed: String {
        let start = drop { $0 == " " }
        guard let last = start.lastIndex(where: { $0 != " " }) else { return "" }
        return String(start[...last])
    }
}
