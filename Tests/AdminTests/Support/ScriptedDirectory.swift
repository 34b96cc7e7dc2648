import KernelRuntime

/// An ESI that knows two characters and of a third one that it does not exist; of the others it says nothing.
final class ScriptedDirectory: CharacterDirectory {
    static let known: [Int64: Affiliation] = [
        5: Affiliation(corporationID: 98_000_001), 6: Affiliation(corporationID: 98_000_002, allianceID: 99_000_009),
    ]

    func affiliations(of characters: [Int64]) async throws -> AffiliationReport {
        AffiliationReport(
            known: Self.known.filter { characters.contains($0.key) }, unknown: Set(characters).intersection([7]))
    }

    func names(of ids: [Int64]) async throws -> [Int64: String] { [:] }
}
