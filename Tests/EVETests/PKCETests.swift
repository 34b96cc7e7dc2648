import EVE
import Foundation
import Testing

@Suite("PKCE, base64 for URLs, secrets")
struct PKCETests {
    @Test("a challenge is that of the standard's example")
    func matchesStandard() {
        let pkce = PKCE(verifier: "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk")
        #expect(pkce?.challenge == "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM")
    }

    @Test("a verifier is made of 32 random bytes and can be kept")
    func makesVerifiers() {
        let made = (0..<100).map { _ in PKCE() }
        #expect(Set(made).count == 100)
        for pkce in made {
            #expect(pkce.verifier.revealed.utf8.count == 43)
            #expect(Base64URL.decode(pkce.verifier.revealed.utf8)?.count == 32)
            #expect(PKCE(verifier: pkce.verifier.revealed) == pkce)
            #expect(!"\(pkce)".contains(pkce.verifier.revealed))
        }
    }

    @Test(
        "a verifier has 43 to 128 plain characters",
        arguments: [
            ("", false), (String(repeating: "a", count: 42), false), (String(repeating: "a", count: 43), true),
            (String(repeating: "~", count: 128), true), (String(repeating: "a", count: 129), false),
            (String(repeating: "a", count: 43) + "=", false), (String(repeating: "\u{E9}", count: 43), false),
        ])
    func checksVerifiers(text: String, isOne: Bool) {
        #expect((PKCE(verifier: text) != nil) == isOne)
    }

    @Test("base64 for URLs agrees with Foundation's and takes nothing else")
    func encodes() {
        for count in 0..<70 {
            let bytes = (0..<count).map { _ in UInt8.random(in: .min ... .max) }
            let text = Base64URL.encode(bytes)
            let other = Data(bytes).base64EncodedString().replacing("+", with: "-").replacing("/", with: "_").replacing(
                "=", with: "")
            #expect(text == other)
            #expect(Base64URL.decode(text.utf8) == bytes)
        }
        // Padding, the other alphabet, white space, a length that no bytes have, bits left over.
        for text in ["AA==", "+/8", "A A", "AA\n", "A", "AAAAA", "AB", "AAB", "\u{E9}AAA"] {
            #expect(Base64URL.decode(text.utf8) == nil, "\(text)")
        }
    }

    @Test("a secret does not show itself")
    func hides() {
        let secret = SecretText("hunter2")
        var text = "\(secret) \(String(reflecting: secret)) \(String(describing: Optional(secret)))"
        dump(secret, to: &text)
        dump([secret: secret], to: &text)
        #expect(!text.contains("hunter2"))
        #expect(secret.revealed == "hunter2")
    }
}
