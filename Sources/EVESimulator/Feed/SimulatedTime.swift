/// How simulated time follows the machine's.
struct SimulatedTime: Sendable {
    /// The machine's time at the start.
    let realStart: Double
    /// Simulated time at the start, seconds since 1970.
    let start: Int64
    /// Simulated seconds in a real one.
    let factor: Double
    /// Everything is published at the start.
    let isAllAtOnce: Bool
    /// Time catches up with the present and then goes on with it; not so for recordings of long ago.
    let stopsAtPresent: Bool

    func simulated(at now: Double) -> Int64 {
        let elapsed = now - realStart
        let simulated = Double(start) + elapsed * factor
        guard stopsAtPresent, factor > 1 else { return Int64(simulated.rounded(.down)) }
        return Int64(min(simulated, max(now, Double(start) + elapsed)).rounded(.down))
    }
}
