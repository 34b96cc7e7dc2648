/// Measures pairs A B A B, so that both sides see the same weather; the first pair warms up and does not count.
func alternating(
    _ repeats: Int, ours: () async throws -> Double, peer: () async throws -> Double
) async throws -> [(ours: Double, peer: Double)] {
    _ = (try await ours(), try await peer())
    var pairs: [(ours: Double, peer: Double)] = []
    for _ in 0..<repeats { pairs.append((try await ours(), try await peer())) }
    return pairs
}
