import Foundation

/// A line of the table.
struct Figure {
    enum Aim {
        case atMost(Double)
        case atLeast(Double)

        func isMet(by value: Double) -> Bool {
            switch self {
            case .atMost(let limit): value <= limit
            case .atLeast(let limit): value >= limit
            }
        }

        var description: String {
            switch self {
            case .atMost(let limit): "<= \(shown(limit))"
            case .atLeast(let limit): ">= \(shown(limit))"
            }
        }
    }

    let name: String
    let ours: String
    let peer: String
    /// What the aim is about: the median ratio, or the value itself where there is no peer.
    let value: Double
    /// The smallest and the largest of the repeats, where there were several.
    let range: ClosedRange<Double>?
    /// Missing: only shown.
    let aim: Aim?

    /// Ours against a peer, each repeat measured next to its peer's.
    ///
    /// - Parameter pairs: the same unit on both sides; the ratio is ours by theirs.
    init(_ name: String, pairs: [(ours: Double, peer: Double)], unit: String, aim: Aim?) {
        let ratios = pairs.map { $0.ours / $0.peer }
        self.name = name
        ours = "\(shown(median(pairs.map(\.ours)))) \(unit)"
        peer = "\(shown(median(pairs.map(\.peer)))) \(unit)"
        value = median(ratios)
        range = (ratios.min() ?? .nan)...(ratios.max() ?? .nan)
        self.aim = aim
    }

    /// A figure without a peer.
    init(_ name: String, value: Double, unit: String, aim: Aim?) {
        self.name = name
        ours = "\(shown(value)) \(unit)"
        peer = "-"
        self.value = value
        range = nil
        self.aim = aim
    }

    var row: [String] {
        let ratio = range.map { "\(shown(value)) (\(shown($0.lowerBound)) to \(shown($0.upperBound)))" } ?? "-"
        return [
            name, ours, peer, ratio, aim?.description ?? "-", aim.map { $0.isMet(by: value) ? "pass" : "MISS" } ?? "-",
        ]
    }
}

/// The figures as a Markdown table with columns of even width.
func table(of figures: [Figure]) -> String {
    let header = ["figure", "ours", "peer", "ratio: median (range)", "aim", "result"]
    let rows = [header] + figures.map(\.row)
    let widths = header.indices.map { column in rows.map { $0[column].count }.max() ?? 0 }
    func line(_ cells: [String]) -> String {
        "| " + zip(cells, widths).map { $0.padding(toLength: $1, withPad: " ", startingAt: 0) }.joined(separator: " | ") + " |\n"
    }
    return line(header) + line(widths.map { String(repeating: "-", count: $0) }) + rows.dropFirst().map(line).joined()
}

func median(_ values: [Double]) -> Double {
    let sorted = values.sorted()
    guard let last = sorted.indices.last else { return .nan }
    return (sorted[last / 2] + sorted[(last + 1) / 2]) / 2
}

/// Three significant digits are more than this is worth.
func shown(_ value: Double) -> String {
    switch abs(value) {
    case 100...: String(Int(value.rounded()))
    case 10...: String(format: "%.1f", value)
    default: String(format: "%.2f", value)
    }
}
