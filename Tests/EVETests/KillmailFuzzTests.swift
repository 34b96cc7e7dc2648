import KernelTesting
import Testing

@testable import EVE

@Suite("Damaged killmails")
struct KillmailFuzzTests {
    private static let text = Array(
        "{\"killmail_id\":134398778,\"esi\":\(Samples.mail(more: "\"s\":\"\\u00e9\\n\"")),\(Samples.zkb),\"sequence_id\":7}".utf8)

    @Test("cut off anywhere are an error")
    func truncated() {
        for count in 0..<Self.text.count {
            #expect(throws: KillmailDecodingError.self) { try Samples.decoder.decode(Self.text.prefix(count)) }
            #expect(throws: KillmailDecodingError.self) { try Samples.decoder.decodeEnvelope(Self.text.prefix(count)) }
        }
        #expect(throws: Never.self) { try Samples.decoder.decode(Self.text) }
    }

    @Test("changed at random are read or refused, and never read as an impossible killmail", arguments: 0..<8)
    func mutated(seed: Int) {
        var random = SeededGenerator(seed: UInt64(seed))
        let interesting = Array("{}[]\",:\\0123456789-+.eEntfu \u{0}\u{1f}\u{80}".utf8)
        for _ in 0..<4_000 {
            var bytes = Self.text
            for _ in 0..<Int.random(in: 1...4, using: &random) {
                let index = Int.random(in: 0..<bytes.count, using: &random)
                switch Int.random(in: 0..<4, using: &random) {
                case 0: bytes[index] = UInt8.random(in: 0...255, using: &random)
                case 1: bytes[index] = interesting.randomElement(using: &random) ?? 0
                case 2: bytes.remove(at: index)
                default: bytes.insert(interesting.randomElement(using: &random) ?? 0, at: index)
                }
            }
            _ = try? Samples.decoder.decodeEnvelope(bytes)
            guard let mail = try? Samples.decoder.decode(bytes) else { continue }
            #expect(mail.id > 0 && mail.solarSystemID > 0 && mail.victim.damageTaken >= 0)
            #expect(mail.attackers.allSatisfy { $0.damageDone >= 0 })
            #expect(mail.totalValue.map { $0 >= .zero && $0 <= .greatest } ?? true)
        }
    }
}
