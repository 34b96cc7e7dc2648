/// A small deterministic generator (SplitMix64): the same seed gives the same universe on every machine and with every
/// version of the standard library, which is why the ranges are computed here and not by `Int.random(in:using:)`.
public struct SimulatorRandom: Sendable {
    private var state: UInt64

    public init(seed: UInt64) { state = seed }

    /// A stream of its own for each purpose, so that one more draw in one place does not change all the others.
    public init(seed: UInt64, stream: UInt64, index: UInt64 = 0) {
        state = Self.mix(Self.mix(seed &+ 0x9E37_79B9_7F4A_7C15) ^ Self.mix(stream &+ 0xD1B5_4A32_D192_ED03) &+ Self.mix(index))
    }

    public mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        return Self.mix(state)
    }

    static func mix(_ value: UInt64) -> UInt64 {
        var mixed = (value ^ (value >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }

    public mutating func int(_ range: ClosedRange<Int>) -> Int {
        let span = UInt64(range.upperBound - range.lowerBound) &+ 1
        return range.lowerBound + Int(next() % span)
    }

    /// In 0 ..< 1.
    public mutating func double() -> Double { Double(next() >> 11) / 9_007_199_254_740_992 }
    public mutating func double(_ range: ClosedRange<Double>) -> Double {
        range.lowerBound + double() * (range.upperBound - range.lowerBound)
    }
    public mutating func chance(_ probability: Double) -> Bool { double() < probability }

    /// An element of a collection that is not empty.
    public mutating func pick<Element>(_ elements: [Element]) -> Element { elements[int(0...(elements.count - 1))] }

    public mutating func shuffled<Element>(_ elements: [Element]) -> [Element] {
        var result = elements
        guard result.count > 1 else { return result }
        for index in stride(from: result.count - 1, to: 0, by: -1) { result.swapAt(index, int(0...index)) }
        return result
    }

    /// `count` different elements, or all of them in another order when there are fewer.
    public mutating func sample<Element>(_ elements: [Element], _ count: Int) -> [Element] {
        Array(shuffled(elements).prefix(count))
    }
}
