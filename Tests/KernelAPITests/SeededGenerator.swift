/// Random, and the same in every run (SplitMix64): a failure can be looked at again.
struct SeededGenerator: RandomNumberGenerator {
    private var state: UInt64

    init(seed: UInt64) { state = seed }

    mutating func next() -> UInt64 {
        state &+= 0x9e37_79b9_7f4a_7c15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xbf58_476d_1ce4_e5b9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94d0_49bb_1331_11eb
        return mixed ^ (mixed >> 31)
    }

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
