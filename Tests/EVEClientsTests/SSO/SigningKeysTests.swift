import CryptoExtras
import EVE
import Testing

@testable import EVEClients

@Suite("Published keys")
struct SigningKeysTests {
    @Test("are read one by one: members that are unknown or broken do not spoil the others")
    func readsOneByOne() async throws {
        let rsa = try SigningTestKey.rsa()
        let ec = SigningTestKey.ec()
        let other = try SigningTestKey.rsa(1)
        let small = try SigningTestKey.rsa(try _RSA.Signing.PrivateKey(unsafeKeySize: .init(bitCount: 1_024)), kid: "small")
        let members = [
            "5", "null", "\"key\"", "[]", "{}", "{\"kty\":\"oct\",\"kid\":\"\(rsa.kid)\",\"alg\":\"HS256\",\"k\":\"AAAA\"}",
            "{\"kty\":\"OKP\",\"crv\":\"Ed25519\",\"kid\":\"ed\",\"x\":\"AAAA\"}", "{\"kty\":\"RSA\",\"kid\":\"\(rsa.kid)\"}",
            "{\"kty\":\"RSA\",\"kid\":\"\(rsa.kid)\",\"n\":\"!!\",\"e\":\"AQAB\"}", "{\"kty\":[\"RSA\"],\"kid\":\"x\"}",
            "{\"kty\":\"EC\",\"crv\":\"P-384\",\"kid\":\"\(ec.kid)\",\"x\":\"AAAA\",\"y\":\"AAAA\"}",
            // A point that is not on the curve.
            "{\"kty\":\"EC\",\"crv\":\"P-256\",\"kid\":\"\(ec.kid)\",\"x\":\"\(Self.zeros)\",\"y\":\"\(Self.zeros)\"}",
            // For another use, of another algorithm, of two names, without a name.
            other.published.replacing("\"sig\"", with: "\"enc\""), other.published.replacing("RS256", with: "PS256"),
            other.published.replacing("{", with: "{\"kid\":\"a\","), other.published.replacing("\"kid\"", with: "\"KID\""),
            small.published, rsa.published.replacing("{", with: "{\"x5c\":[{}],\"unheard\":{\"of\":[1]},"), ec.published,
            // The first with a name counts.
            other.published,
        ]
        let text = "{\"SkipUnresolvedJsonWebKeys\":true,\"more\":{\"keys\":[]},\"keys\":[\(members.joined(separator: ","))]}"
        #expect(SigningKeySet(Array(text.utf8))?.count == 2)
        try await FakeSSO.run { sso, client in
            sso[FakeSSO.keys] = .text(text)
            try await expect(client, rsa.token(), nil)
            try await expect(client, ec.token(), nil)
            try await expect(client, other.token(), .signature)
            try await expect(client, small.token(), .unknownKey)
        }
    }

    private static let zeros = Base64URL.encode([UInt8](repeating: 0, count: 32))

    @Test(
        "that cannot be had leave a token undecided",
        arguments: [
            (200, "<html>busy</html>"), (200, ""), (200, "{\"keys\":[]}"), (200, "{\"keys\":["), (200, "[]"),
            (200, "{\"keys\":{}}"),
            (404, "{\"keys\":[]}"), (500, ""), (503, "{\"error\":\"maintenance\"}"),
        ])
    func waitsForKeys(status: Int, body: String) async throws {
        let rsa = try SigningTestKey.rsa()
        try await FakeSSO.run { sso, client in
            sso[FakeSSO.keys] = .text(body, status: status)
            let error = await #expect(throws: SSOError.self) { try await client.verifier.verify(SecretText(try rsa.token())) }
            #expect(error?.kind == .unavailable && error?.isPermanent == false)
            #expect(error?.retryAfter == .seconds(5))
            let asked = sso.requests(FakeSSO.keys).count
            #expect(asked == (status >= 500 ? 2 : 1))
            // Not asked again at once, and then with success.
            sso[FakeSSO.keys] = .text(SigningTestKey.set(rsa))
            await #expect(throws: SSOError.self) { try await client.verifier.verify(SecretText(try rsa.token())) }
            #expect(sso.requests(FakeSSO.keys).count == asked)
            sso.clock.advance(by: .seconds(6))
            try await expect(client, rsa.token(), nil)
        }
    }

    @Test("are fetched once for everybody who waits")
    func fetchesOnce() async throws {
        let rsa = try SigningTestKey.rsa()
        try await FakeSSO.run { sso, client in
            sso[FakeSSO.keys] = .text(SigningTestKey.set(rsa))
            let token = try rsa.token()
            try await Self.concurrently(500) { _ in try await expect(client, token, nil) }
            #expect(sso.requests(FakeSSO.keys).count == 1)
        }
    }

    @Test("are fetched again when the service signs with a new one, at once")
    func followsRotation() async throws {
        let (old, new) = (try SigningTestKey.rsa(0, kid: "old"), try SigningTestKey.rsa(1, kid: "new"))
        try await FakeSSO.run { sso, client in
            sso[FakeSSO.keys] = .text(SigningTestKey.set(old))
            try await expect(client, old.token(), nil)
            sso[FakeSSO.keys] = .text(SigningTestKey.set(new))
            let token = try new.token()
            try await Self.concurrently(50) { _ in try await expect(client, token, nil) }
            #expect(sso.requests(FakeSSO.keys).count == 2)
            try await expect(client, old.token(), .unknownKey)
            #expect(sso.requests(FakeSSO.keys).count == 2)
        }
    }

    @Test("are fetched again when a new one has the old one's name, and once an interval for forgeries")
    func followsReplacement() async throws {
        let (old, new, forger) = (try SigningTestKey.rsa(0), try SigningTestKey.rsa(1), try SigningTestKey.rsa(2))
        try await FakeSSO.run { sso, client in
            sso[FakeSSO.keys] = .text(SigningTestKey.set(old))
            try await expect(client, old.token(), nil)
            sso[FakeSSO.keys] = .text(SigningTestKey.set(new))
            let token = try new.token()
            try await Self.concurrently(50) { _ in try await expect(client, token, nil) }
            #expect(sso.requests(FakeSSO.keys).count == 2)
            let forged = try forger.token()
            for fetches in 2...3 {
                try await Self.concurrently(200) { _ in try await expect(client, forged, .signature) }
                try await expect(client, old.token(), .signature)
                try await expect(client, new.token(), nil)
                #expect(sso.requests(FakeSSO.keys).count == fetches)
                sso.clock.advance(by: SigningKeyCache.refetchInterval)
            }
            sso[FakeSSO.keys] = .text("", status: 503)
            try await expect(client, forged, .signature)
            try await expect(client, new.token(), nil)
        }
    }

    @Test("are fetched once an interval for 10,000 tokens of unknown keys")
    func boundsRefetches() async throws {
        let rsa = try SigningTestKey.rsa()
        try await FakeSSO.run { sso, client in
            sso[FakeSSO.keys] = .text(SigningTestKey.set(rsa))
            let good = try rsa.token()
            try await expect(client, good, nil)
            let rest = "\(SigningTestKey.part(TestClaims().text)).AAAA"
            for fetches in 2...3 {
                try await Self.concurrently(10_000) { number in
                    let header = SigningTestKey.part("{\"alg\":\"RS256\",\"kid\":\"\(number)\"}")
                    try await expect(client, "\(header).\(rest)", .unknownKey)
                }
                #expect(sso.requests(FakeSSO.keys).count == fetches)
                try await expect(client, good, nil)
                sso.clock.advance(by: SigningKeyCache.refetchInterval)
            }
        }
    }

    @Test("are used for an hour, longer only while the service is down, and not for ever")
    func ages() async throws {
        let (old, new) = (try SigningTestKey.rsa(0, kid: "old"), try SigningTestKey.rsa(1, kid: "new"))
        try await FakeSSO.run { sso, client in
            sso[FakeSSO.keys] = .text(SigningTestKey.set(old))
            try await expect(client, old.token(), nil)
            sso.clock.advance(by: .seconds(3_599))
            try await expect(client, old.token(), nil)
            #expect(sso.requests(FakeSSO.keys).count == 1)
            sso[FakeSSO.keys] = .text("", status: 503)
            sso.clock.advance(by: .seconds(1))
            try await expect(client, old.token(), nil)
            #expect(sso.requests(FakeSSO.keys).count == 3)
            let unknown = await #expect(throws: SSOError.self) { try await client.verifier.verify(SecretText(try new.token())) }
            #expect(unknown?.kind == .unavailable)
            sso.clock.advance(by: .seconds(86_400))
            let expired = await #expect(throws: SSOError.self) { try await client.verifier.verify(SecretText(try old.token())) }
            #expect(expired?.kind == .unavailable)
            sso[FakeSSO.keys] = .text(SigningTestKey.set(new))
            sso.clock.advance(by: .seconds(5))
            try await expect(client, new.token(), nil)
            try await expect(client, old.token(), .unknownKey)
        }
    }

    @Test("arrive for the others when the one who asked first gives up")
    func survivesCancellation() async throws {
        let rsa = try SigningTestKey.rsa()
        try await FakeSSO.run { sso, client in
            sso[FakeSSO.keys] = .text(SigningTestKey.set(rsa))
            let token = SecretText(try rsa.token())
            let first = Task {
                withUnsafeCurrentTask { $0?.cancel() }
                return try await client.verifier.verify(token)
            }
            await #expect(throws: CancellationError.self) { try await first.value }
            #expect(try await client.verifier.verify(token).id == 2_117_712_894)
            #expect(sso.requests(FakeSSO.keys).count == 1)
        }
    }

    private static func concurrently(_ count: Int, _ body: @escaping @Sendable (Int) async throws -> Void) async throws {
        try await withThrowingTaskGroup(of: Void.self) { group in
            for number in 0..<count { group.addTask { try await body(number) } }
            try await group.waitForAll()
        }
    }
}
