import Crypto
import CryptoExtras
import EVE
import Foundation
import Testing

@testable import EVEClients

@Suite("Access tokens")
struct TokenVerifierTests {
    /// A client whose service publishes one RSA and one EC key.
    private static func run(
        _ body: @escaping @Sendable (SSOClient, _ rsa: SigningTestKey, _ ec: SigningTestKey) async throws -> Void
    ) async throws {
        let rsa = try SigningTestKey.rsa()
        let ec = SigningTestKey.ec()
        try await FakeSSO.run { sso, client in
            sso[FakeSSO.keys] = .text(SigningTestKey.set(rsa, ec))
            try await body(client, rsa, ec)
        }
    }

    @Test("tell the character, with either algorithm")
    func tells() async throws {
        try await Self.run { client, rsa, ec in
            for token in [try rsa.token(), try ec.token()] {
                let character = try await client.verifier.verify(SecretText(token))
                #expect(character.id == 2_117_712_894)
                #expect(character.name == "Some Bloke")
                #expect(character.ownerHash == "8PmzCeTKb4VFUDrHLc/AeZXDSWM=")
                #expect(character.scopes == ["esi-skills.read_skills.v1", "esi-search.search_structures.v1"])
                #expect(character.expiresAt == Date(timeIntervalSince1970: Double(TestClaims.now + 1_199)))
            }
        }
    }

    @Test("signed by OpenSSL are good, and no longer with one bit changed")
    func agreesWithOpenSSL() async throws {
        try await FakeSSO.run { sso, client in
            sso[FakeSSO.keys] = .text(OpenSSLTokens.keys)
            for token in [OpenSSLTokens.rs256, OpenSSLTokens.es256] {
                try await expect(client, token, nil)
                var parts = token.split(separator: ".").map(String.init)
                var signature = try #require(Base64URL.decode(parts[2].utf8))
                signature[20] ^= 1
                parts[2] = Base64URL.encode(signature)
                try await expect(client, parts.joined(separator: "."), .signature)
            }
        }
    }

    @Test("of a forger are refused: another key, other claims, a key of their own, no signature")
    func refusesForgeries() async throws {
        try await Self.run { client, rsa, ec in
            let forger = try SigningTestKey.rsa(1)
            try await expect(client, forger.token(), .signature)
            try await expect(client, SigningTestKey.ec().token(), .signature)
            let bringsKey =
                "{\"alg\":\"RS256\",\"kid\":\"\(rsa.kid)\",\"jwk\":\(forger.published),\"jku\":\"http://127.0.0.1:9/\"}"
            try await expect(client, forger.token(header: bringsKey), .signature)

            let parts = try rsa.token().split(separator: ".").map(String.init)
            let other = SigningTestKey.part(TestClaims().with("sub", "\"CHARACTER:EVE:90000001\"").text)
            try await expect(client, "\(parts[0]).\(other).\(parts[2])", .signature)
            try await expect(client, "\(parts[0]).\(parts[1]).", .signature)
            try await expect(client, "\(parts[0]).\(parts[1]).\(parts[2].prefix(340))", .signature)
            // Zero for both numbers of an ECDSA signature once opened many doors.
            let zeros = Base64URL.encode([UInt8](repeating: 0, count: 64))
            let elliptic = try ec.token().split(separator: ".").map(String.init)
            try await expect(client, "\(elliptic[0]).\(elliptic[1]).\(zeros)", .signature)
        }
    }

    @Test(
        "without a signature, with a shared secret or with other algorithms are refused",
        arguments: ["none", "None", "", "HS256", "HS384", "HS512", "RS384", "RS512", "PS256", "ES384", "ES512", "EdDSA", "rs256"])
    func refusesAlgorithms(algorithm: String) async throws {
        try await Self.run { client, rsa, _ in
            let header = "{\"alg\":\"\(algorithm)\",\"kid\":\"\(rsa.kid)\",\"typ\":\"JWT\"}"
            try await expect(client, rsa.token(header: header), .algorithm)
            let unsigned = "\(SigningTestKey.part(header)).\(SigningTestKey.part(TestClaims().text))."
            try await expect(client, unsigned, .algorithm)
            // The public key is known to everybody: as an HMAC secret it would sign anything.
            for secret in [try SigningTestKey.publicPEM(), rsa.published] {
                var forger = rsa
                forger.sign = { Array(HMAC<SHA256>.authenticationCode(for: $0, using: SymmetricKey(data: Array(secret.utf8)))) }
                try await expect(client, forger.token(header: header), .algorithm)
                try await expect(client, forger.token(), .signature)
            }
        }
    }

    @Test("name a key that fits their algorithm, or are refused")
    func fitsKeyToAlgorithm() async throws {
        try await Self.run { client, rsa, ec in
            let names = [
                "{\"alg\":\"ES256\",\"kid\":\"\(rsa.kid)\"}", "{\"alg\":\"RS256\",\"kid\":\"\(ec.kid)\"}",
                "{\"alg\":\"RS256\",\"kid\":\"jwt-signature-key\"}", "{\"alg\":\"RS256\",\"kid\":\"\"}", "{\"alg\":\"RS256\"}",
                "{\"alg\":\"RS256\",\"kid\":7}", "{\"alg\":\"RS256\",\"kid\":null}",
            ]
            for name in names {
                let tokens = [try rsa.token(header: name), try ec.token(header: name)]
                for token in tokens { try await expect(client, token, .unknownKey, "\(name)") }
            }
        }
    }

    @Test("with a header that can be read in two ways, or that demands what we do not know, are refused")
    func refusesHeaders() async throws {
        try await Self.run { client, rsa, _ in
            let headers = [
                "{\"alg\":\"RS256\",\"alg\":\"none\",\"kid\":\"\(rsa.kid)\"}",
                "{\"alg\":\"RS256\",\"kid\":\"\(rsa.kid)\",\"crit\":[\"b64\"],\"b64\":false}",
                "{\"kid\":\"\(rsa.kid)\"}", "{\"alg\":[\"RS256\"],\"kid\":\"\(rsa.kid)\"}", "[]", "{}", "null",
                "{\"alg\":\"RS256\",\"kid\":\"\(rsa.kid)\"} {}",
            ]
            for header in headers {
                let token = try rsa.token(header: header)
                try await expect(client, token, .malformed, "\(header)")
            }
        }
    }

    @Test("that are none are refused, whatever they are")
    func refusesOtherTexts() async throws {
        try await Self.run { client, rsa, _ in
            let token = try rsa.token()
            let header = SigningTestKey.part(rsa.header)
            let texts = [
                "", ".", "..", "...", "a.b.c", "no token", "\u{0}\u{0}\u{0}", "\(token).x", "\(token)=", " \(token)",
                "\(token)\n",
                "\(header)=.e30.AA", "<html></html>", "\(header).\(SigningTestKey.part("{}"))",
            ]
            for text in texts { try await expect(client, text, .malformed, "\(text)") }
            // Signed, and still no object.
            var signer = rsa
            for payload in ["", "[]", "7", "{\"iss\":", "{\"iss\":1,\"iss\":2}", String(repeating: "[", count: 5_000)] {
                let signed = "\(header).\(SigningTestKey.part(payload))"
                let text = "\(signed).\(Base64URL.encode(try signer.sign(Array(signed.utf8))))"
                try await expect(client, text, .malformed, "\(payload)")
            }
            signer.kid = String(repeating: "k", count: 20_000)
            try await expect(client, signer.token(), .tooLarge)
            let padding = "\"\(String(repeating: "x", count: 12_000))\""
            try await expect(client, rsa.token(TestClaims().with("padding", padding)), .tooLarge)
        }
    }

    private static let claims: [(name: String, value: String?, expected: TokenRejection?)] = {
        let client = TestClaims.clientID
        let now = TestClaims.now
        return [
            ("iss", "\"login.eveonline.com\"", nil), ("iss", "\"https://login.eveonline.com/\"", nil),
            ("iss", "\"https://logineveonline.com\"", .issuer), ("iss", "\"https://login.eveonline.com.example.com\"", .issuer),
            ("iss", "\"http://login.eveonline.com\"", .issuer), ("iss", nil, .issuer),
            ("iss", "[\"login.eveonline.com\"]", .issuer),
            ("aud", "[\"EVE Online\",\"x\",\"\(client)\"]", nil), ("aud", "\"EVE Online\"", nil), ("aud", "\"\(client)\"", nil),
            ("aud", "[\"EVE Online\"]", .audience), ("aud", "[\"\(client)\"]", .audience), ("aud", "[]", .audience),
            ("aud", "[\"another\",\"EVE Online\"]", .audience), ("aud", "\"another\"", .audience), ("aud", nil, .audience),
            ("aud", "[\"\(client)\",\"EVE Online\",7]", .audience), ("aud", "{}", .audience), ("aud", "null", .audience),
            ("azp", "\"another\"", .authorizedParty), ("azp", nil, .authorizedParty),
            ("azp", "[\"\(client)\"]", .authorizedParty),
            ("exp", "\(now - 59)", nil), ("exp", "\(now - 60)", .expired), ("exp", "0", .expired), ("exp", nil, .claims),
            ("exp", "\"\(now + 60)\"", .claims), ("exp", "-1", .claims), ("exp", "1e30", .claims), ("exp", "null", .claims),
            ("exp", "9223372036854775807", .claims), ("exp", "\(now + 600).5", nil),
            ("iat", "\(now + 60)", nil), ("iat", "\(now + 61)", .notYetValid), ("iat", nil, nil), ("iat", "\"then\"", .claims),
            ("iat", "\(now + 1_200)", .claims),
            ("nbf", "\(now + 60)", nil), ("nbf", "\(now + 61)", .notYetValid), ("nbf", "{}", .claims),
            ("sub", "\"CHARACTER:EVE:1\"", nil), ("sub", "\"CHARACTER:EVE:9223372036854775807\"", nil),
            ("sub", "\"CHARACTER:EVE:9223372036854775808\"", .subject), ("sub", "\"CHARACTER:EVE:0\"", .subject),
            ("sub", "\"CHARACTER:EVE:-5\"", .subject), ("sub", "\"CHARACTER:EVE:+5\"", .subject),
            ("sub", "\"CHARACTER:EVE:05\"", .subject), ("sub", "\"CHARACTER:EVE:5 \"", .subject),
            ("sub", "\"CHARACTER:EVE:\"", .subject), ("sub", "\"CORPORATION:EVE:5\"", .subject),
            ("sub", "\"CHARACTER:SISI:5\"", .subject), ("sub", "\"CHARACTER:EVE:5:6\"", .subject), ("sub", "5", .subject),
            ("sub", "\"CHARACTER:EVE:\u{0665}\"", .subject), ("sub", nil, .subject),
            ("name", "\"\"", .claims), ("name", nil, .claims), ("name", "\"A\\u0000B\"", .claims), ("name", "7", .claims),
            ("name", "\"A\\nB\"", .claims), ("name", "\"\(String(repeating: "n", count: 257))\"", .claims),
            ("name", "\"\u{D6}de 'Ark\"", nil),
            ("owner", nil, .claims), ("owner", "\"\"", .claims), ("owner", "\"a b\"", .claims), ("owner", "1", .claims),
            ("owner", "\"\(String(repeating: "o", count: 129))\"", .claims),
            ("scp", "{}", .claims), ("scp", "[7]", .claims), ("scp", "7", .claims), ("tenant", nil, nil), ("jti", "{}", nil),
        ]
    }()

    @Test("are believed claim by claim")
    func checksClaims() async throws {
        try await Self.run { client, rsa, _ in
            for claim in Self.claims {
                // Without the time of issue, which otherwise would have to fit the others.
                let token = try rsa.token(TestClaims().with("iat", nil).with(claim.name, claim.value))
                try await expect(client, token, claim.expected, "\(claim.name) = \(claim.value ?? "absent")")
            }
        }
    }

    @Test(
        "may list scopes, name one, or none",
        arguments: [
            ("[\"a\",\"b\",\"a\"]", ["a", "b"]), ("[\"a\"]", ["a"]), ("[]", []), ("\"esi-one.scope\"", ["esi-one.scope"]),
            ("\"a b\"", ["a", "b"]), ("\"\"", []), ("null", []), (nil, []),
        ] as [(String?, [String])])
    func readsScopes(value: String?, expected: [String]) async throws {
        try await Self.run { client, rsa, _ in
            let token = try rsa.token(TestClaims().with("scp", value))
            #expect(try await client.verifier.verify(SecretText(token)).scopes == expected)
        }
    }
}
