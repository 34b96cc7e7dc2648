import Foundation
import Testing

@testable import EVE

@Suite("The killmail decoder")
struct KillmailDecoderTests {
    @Test("reads ESI's shape with zKillboard's block")
    func readsESI() throws {
        let mail = try Samples.decoder.decode(Samples.mail(more: Samples.zkb).utf8)
        #expect(mail.id == 134_398_778)
        #expect(mail.time == Date(timeIntervalSince1970: 1_774_948_991))
        #expect(mail.solarSystemID == 30_000_901)
        #expect(mail.hash == Samples.hash)
        #expect(mail.totalValue == ISK(hundredths: 1_610_717))
        #expect(mail.victim.affiliation.allianceID == 99_000_001)
        #expect(mail.victim.shipTypeID == 587)
        #expect(mail.victim.damageTaken == 489)
        #expect(mail.attackers.count == 2)
        #expect(mail.attackers[0].finalBlow)
        #expect(mail.attackers[0].weaponTypeID == 3090)
        #expect(mail.attackers[0].affiliation.factionID == 500_004)
        #expect(mail.attackers[1] == .init(affiliation: .init(), shipTypeID: nil, weaponTypeID: nil, damageDone: 1))
    }

    @Test(
        "reads the older package shapes and the feed's envelope to the same killmail",
        arguments: [
            "{\"killID\":134398778,\"killmail\":MAIL,ZKB}", "{\"package\":{\"killID\":134398778,\"killmail\":MAIL,ZKB}}",
            "{\"killmail_id\":134398778,\"hash\":\"\(Samples.hash)\",\"esi\":MAIL,ZKB,\"sequence_id\":7}",
            "{\"esi\":MAIL,ZKB,\"killmail_id\":134398778}",
        ])
    func readsWrapped(shape: String) throws {
        let text = shape.replacing("MAIL", with: Samples.mail()).replacing("ZKB", with: Samples.zkb)
        let plain = try Samples.decoder.decode(Samples.mail(more: Samples.zkb).utf8)
        #expect(try Samples.decoder.decode(text.utf8) == plain)
    }

    @Test(
        "is lenient where the services are vague",
        arguments: [
            Samples.mail(more: "\"zkb\":null"), Samples.mail(more: "\"zkb\":[]"),
            Samples.mail(more: "\"zkb\":{\"totalValue\":null}"),
            Samples.mail(attackers: "[]"), Samples.mail(victim: "{}"),
            Samples.mail(more: "\"new\":{\"a\":[1,{\"b\":\"\\u00e9\"}]}"),
            Samples.mail(victim: "{\"character_id\":null,\"alliance_id\":0,\"damage_taken\":null}"),
            Samples.mail(attackers: "[{\"final_blow\":null,\"security_status\":null,\"damage_done\":7.0}]"),
            Samples.mail(time: "\"2026-03-31T09:23:11.250+00:00\""), Samples.mail(more: "\"hash\":\"nonsense\""),
            " \r\n\t" + Samples.mail() + "\n",
        ])
    func isLenient(text: String) throws {
        let mail = try Samples.decoder.decode(text.utf8)
        #expect(mail.id == 134_398_778)
        #expect(mail.victim.affiliation.allianceID != 0)
        #expect(mail.hash == nil)
    }

    @Test("names what is wrong, and where", arguments: KillmailDecoderTests.mistakes)
    func namesMistakes(mistake: Mistake) {
        let error = #expect(throws: KillmailDecodingError.self) { try Samples.decoder.decode(mistake.text.utf8) }
        #expect(error?.code == mistake.code)
        #expect(error?.description == mistake.message)
    }

    @Test("has a test for every error code")
    func coversCodes() {
        // This one is about the feed's envelope, and tested there.
        let elsewhere: Set<KillmailDecodingError.Code> = [.missingHash]
        #expect(Set(Self.mistakes.map(\.code)).union(elsewhere) == Set(KillmailDecodingError.Code.allCases))
    }

    struct Mistake: Sendable, CustomTestStringConvertible {
        var text: String
        var code: KillmailDecodingError.Code
        var message: String
        var testDescription: String { "\(code.rawValue): \(message)" }

        init(_ code: KillmailDecodingError.Code, _ message: String, _ text: String) {
            (self.text, self.code, self.message) = (text, code, message)
        }
    }

    static let mistakes: [Mistake] = [
        Mistake(.malformedJSON, "not JSON at byte 0", "killmail"),
        Mistake(.malformedJSON, "not JSON at byte 7", "{\"a\":1,}"),
        Mistake(.truncated, "JSON text ends too early, at byte 0", ""),
        Mistake(.truncated, "JSON text ends too early, at byte 7", "{\"a\": 1"),
        Mistake(.tooDeep, "JSON nested too deeply at byte 68", "{\"a\":" + String(repeating: "[", count: 100)),
        Mistake(.wrongType, "another kind of JSON value was expected at byte 0", "[]"),
        Mistake(.wrongType, "victim: expected an object, found a list", Samples.mail(victim: "[]")),
        Mistake(.wrongType, "attackers: expected a list, found \"none\"", Samples.mail(attackers: "\"none\"")),
        Mistake(.wrongType, "attackers[1]: expected an object, found 7", Samples.mail(attackers: "[{},7]")),
        Mistake(
            .wrongType, "attackers[0].final_blow: expected true or false, found 1",
            Samples.mail(attackers: "[{\"final_blow\":1}]")),
        Mistake(.notAKillmail, "expected a killmail", "{\"error\":\"not found\"}"),
        Mistake(.missingID, "killmail_id: missing", Samples.mail(id: nil)),
        Mistake(.missingID, "killmail_id: missing", Samples.mail(id: "null")),
        Mistake(.missingTime, "killmail_time: missing", Samples.mail(time: nil)),
        Mistake(.missingSolarSystem, "solar_system_id: missing", Samples.mail(system: nil)),
        Mistake(.missingVictim, "victim: missing", Samples.mail(victim: nil)),
        Mistake(.missingVictim, "victim: missing", Samples.mail(victim: "null")),
        Mistake(.missingAttackers, "attackers: missing", Samples.mail(attackers: nil)),
        Mistake(.idNotANumber, "killmail_id: expected a number, found \"17\"", Samples.mail(id: "\"17\"")),
        Mistake(.idNotANumber, "killmail_id: expected a whole number, found 17.5", Samples.mail(id: "17.5")),
        Mistake(
            .idNotANumber, "victim.character_id: expected a number, found \"90000001\"",
            Samples.mail(victim: "{\"character_id\":\"90000001\"}")),
        Mistake(.idOutOfRange, "killmail_id: expected an id above 0, found 0", Samples.mail(id: "0")),
        Mistake(.idOutOfRange, "solar_system_id: expected an id above 0, found -3", Samples.mail(system: "-3")),
        Mistake(
            .idOutOfRange, "attackers[0].ship_type_id: expected an id above 0, found -1",
            Samples.mail(attackers: "[{\"ship_type_id\":-1}]")),
        Mistake(
            .idOutOfRange, "killmail_id: expected an id above 0, found 9223372036854775808",
            Samples.mail(id: "9223372036854775808")),
        Mistake(
            .idMismatch, "killmail_id: another id than in the envelope around it", "{\"killID\":5,\"killmail\":\(Samples.mail())}"
        ),
        Mistake(
            .timeMalformed, "killmail_time: expected a time such as 2026-03-31T09:23:11Z, found \"yesterday\"",
            Samples.mail(time: "\"yesterday\"")),
        Mistake(
            .timeMalformed, "killmail_time: expected a time such as 2026-03-31T09:23:11Z, found \"2026-02-29T00:00:00Z\"",
            Samples.mail(time: "\"2026-02-29T00:00:00Z\"")),
        Mistake(
            .timeOutOfRange, "killmail_time: expected a time from 2003-05-06 to tomorrow, found \"2003-05-05T23:59:59Z\"",
            Samples.mail(time: "\"2003-05-05T23:59:59Z\"")),
        Mistake(
            .timeOutOfRange, "killmail_time: expected a time from 2003-05-06 to tomorrow, found \"2027-01-01T00:00:00Z\"",
            Samples.mail(time: "\"2027-01-01T00:00:00Z\"")),
        Mistake(
            .damageNotANumber, "victim.damage_taken: expected a whole number of 0 or more, found \"5\"",
            Samples.mail(victim: "{\"damage_taken\":\"5\"}")),
        Mistake(
            .damageNotANumber, "attackers[0].damage_done: expected a whole number of 0 or more, found 0.5",
            Samples.mail(attackers: "[{\"damage_done\":0.5}]")),
        Mistake(
            .negativeDamage, "victim.damage_taken: expected a whole number of 0 or more, found -5",
            Samples.mail(victim: "{\"damage_taken\":-5}")),
        Mistake(
            .valueNotANumber, "zkb.totalValue: expected an amount of ISK, found \"12\"",
            Samples.mail(more: "\"zkb\":{\"totalValue\":\"12\"}")),
        Mistake(
            .valueOutOfRange, "zkb.totalValue: expected 0 to 9e16 ISK, found -1",
            Samples.mail(more: "\"zkb\":{\"totalValue\":-1}")),
        Mistake(
            .valueOutOfRange, "zkb.totalValue: expected 0 to 9e16 ISK, found 9.1e16",
            Samples.mail(more: "\"zkb\":{\"totalValue\":9.1e16}")),
    ]

    @Test("quotes nothing in its messages that could disturb a log")
    func quotesPrintably() {
        let text = Samples.mail(time: "\"\u{1b}[31mé" + String(repeating: "x", count: 100) + "\"")
        let error = #expect(throws: KillmailDecodingError.self) { try Samples.decoder.decode(text.utf8) }
        #expect(error?.description.utf8.allSatisfy { (0x20..<0x7F).contains($0) } == true)
        #expect((error?.description.count ?? 0) < 200)
    }
}
