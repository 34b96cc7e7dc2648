import KernelTesting

extension SeededGenerator {
    /// Any Unicode: control characters, quotes, letters, emoji, unassigned ones.
    mutating func text(atMost length: Int) -> String {
        var text = ""
        for _ in 0..<Int.random(in: 0...length, using: &self) {
            let range: ClosedRange<UInt32> =
                switch Int.random(in: 0..<5, using: &self) {
                case 0: 0...0x1f
                case 1: 0x20...0x7f
                case 2: 0x80...0x7ff
                case 3: 0x1f300...0x1f6ff
                default: 0...0x10ffff
                }
            if let scalar = Unicode.Scalar(UInt32.random(in: range, using: &self)) { text.unicodeScalars.append(scalar) }
        }
        return text
    }
}
