import Foundation
import Testing

@testable import EVE

@Suite("The feed's envelope")
struct R2Z2EnvelopeTests {
    private func envelope(_ text: String) throws -> R2Z2Envelope { try Samples.decoder.decodeEnvelope(text.utf8) }

    private func around(_ mail: String) -> String {
        """
        {"killmail_id":134398778,"hash":"\(Samples.hash)","esi":\(mail),\(Samples.zkb),"uploaded_at":1774949044,\
        "sequence_id":96695606,"sequence_updated":96695000}
        """
    }

    @Test("holds a killmail, its number and the number of an older one that changed")
    func holdsKillmail() throws {
        let envelope = try envelope(around(Samples.mail()))
        #expect(envelope.sequence == 96_695_606)
        #expect(envelope.updatedSequence == 96_695_000)
        #expect(envelope.uploadedAt == Date(timeIntervalSince1970: 1_774_949_044))
        #expect(envelope.content == .killmail(try Samples.decoder.decode(Samples.mail(more: Samples.zkb).utf8)))
    }

    @Test("is a reference when the mail is left out", arguments: ["null", "[]"])
    func isReference(esi: String) throws {
        #expect(try envelope(around(esi)).content == .reference(134_398_778, hash: Samples.hash))
    }

    @Test("is a placeholder when its ids are null")
    func isPlaceholder() throws {
        let text =
            "{\"killmail_id\":null,\"hash\":null,\"esi\":null,\"zkb\":{\"href\":\"https://esi/killmails///\"},\"sequence_id\":5}"
        #expect(try envelope(text).content == .placeholder)
    }

    @Test("is read to its end when the mail inside breaks a rule")
    func survivesBadMail() throws {
        let envelope = try envelope(around(Samples.mail(victim: "{\"damage_taken\":-5}")))
        #expect(envelope.updatedSequence == 96_695_000)
        guard case .unreadable(let error) = envelope.content else {
            Issue.record("expected an unreadable mail, got \(envelope.content)")
            return
        }
        #expect(error.code == .negativeDamage)
        #expect(error.path == "victim.damage_taken")
        #expect(error.killmailID == 134_398_778)
    }

    @Test("without a hash is no reference")
    func needsHash() throws {
        guard case .unreadable(let error) = try envelope("{\"killmail_id\":5,\"sequence_id\":9}").content else {
            Issue.record("expected an unreadable reference")
            return
        }
        #expect(error.code == .missingHash)
    }

    @Test("is none without ids and number")
    func refusesOthers() {
        #expect(throws: KillmailDecodingError.self) { try envelope("{\"sequence\":5}") }
        #expect(throws: KillmailDecodingError.self) { try envelope("<html>") }
    }
}
