import KernelTesting

@testable import KernelAPI

/// Random JSON documents, and one of the many ways to write each.
struct SeededDocuments {
    private var random: SeededGenerator

    init(seed: UInt64) { random = SeededGenerator(seed: seed) }

    mutating func value(depth: Int) -> JSONValue {
        switch Int.random(in: 0..<(depth > 4 ? 5 : 7), using: &random) {
        case 0: .null
        case 1: .boolean(.random(using: &random))
        case 2: .integer(.random(in: .min ... .max, using: &random))
        case 3: .number(.random(in: -1...1, using: &random))
        case 4: .string(random.text(atMost: 12))
        case 5: .array((0..<Int.random(in: 0...4, using: &random)).map { _ in value(depth: depth + 1) })
        default:
            .object(
                .init(
                    (0..<Int.random(in: 0...4, using: &random)).map { _ in (random.text(atMost: 3), value(depth: depth + 1)) },
                    uniquingKeysWith: { first, _ in first }))
        }
    }

    mutating func text(_ value: JSONValue) -> String {
        let text =
            switch value {
            case .null: "null"
            case .boolean(let flag): "\(flag)"
            case .integer(let number): "\(number)"
            case .number(let number): "\(number)"
            case .string(let text): quoted(text)
            case .array(let items): "[" + items.map { self.text($0) }.joined(separator: ",") + "]"
            case .object(let members): "{" + members.map { "\(quoted($0)):\(self.text($1))" }.joined(separator: ",") + "}"
            }
        return space() + text + space()
    }

    private mutating func space() -> String { [" ", "\n", "\t", "\r\n", "", ""].randomElement(using: &random) ?? "" }

    private mutating func quoted(_ text: String) -> String {
        var quoted = "\""
        for scalar in text.unicodeScalars {
            if scalar.value < 0x20 || scalar == "\"" || scalar == "\\" || Int.random(in: 0..<4, using: &random) == 0 {
                for unit in String(scalar).utf16 {
                    let digits = String(unit, radix: 16, uppercase: .random(using: &random))
                    quoted += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
                }
            } else {
                quoted.unicodeScalars.append(scalar)
            }
        }
        return quoted + "\""
    }
}
