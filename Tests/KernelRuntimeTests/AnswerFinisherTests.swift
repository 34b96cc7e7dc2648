import Foundation
import HTTPTypes
import KernelAPI
import Testing

@testable import KernelRuntime

@Suite struct AnswerFinisherTests {
    private static let long = String(repeating: "killmail battle alliance ", count: 200)

    private func dispatcher(_ change: (inout HTTPSettings) -> Void = { _ in }) -> Dispatcher {
        var settings = HTTPSettings()
        change(&settings)
        let routes: [Route] = [
            .test("/long") { _ in TestText(Self.long) }, .test("/short") { _ in TestText("short") },
            .test("/kept", cache: .revalidate) { _ in TestText(Self.long) },
            .test("/soon", cache: .keep(seconds: 60)) { _ in TestText("soon") },
            .test("/failing", cache: .revalidate) { _ -> TestText in throw Problem.notFound("Not there.") },
            .test("/page") { _ in Document<HTML>(Array(Self.long.utf8)) },
            .test("/own") { _ in WithHeaders(Document<HTML>([]), [.contentSecurityPolicy: "default-src 'self'"]) },
            .test("/events") { _ in EventStream { _ in } },
        ]
        return Dispatcher(
            mounted: MountedRoutes(routes.map { MountedRoute($0, of: "test", pace: .unlimited) }),
            authenticator: FixedAuthenticator(nil), settings: settings, logger: silent)
    }

    // MARK: Compression

    @Test("A long answer is gzip for who wants it, and says that it depends")
    func gzip() async throws {
        let plain = await dispatcher().answer(.get, "/long")
        let zipped = await dispatcher().answer(.get, "/long", headers: [.acceptEncoding: "br, gzip"])
        #expect(plain.headers[.contentEncoding] == nil && plain.headers[.vary] == "Accept-Encoding")
        #expect(zipped.headers[.contentEncoding] == "gzip" && zipped.headers[.vary] == "Accept-Encoding")
        #expect(zipped.headers[.contentLength] == String(zipped.body.count))
        #expect(zipped.body.count < plain.body.count / 10)
        #expect(try unzip(zipped.body) == plain.body)
        let head = await dispatcher().answer(.head, "/long", headers: [.acceptEncoding: "gzip"])
        #expect(head.body.isEmpty && head.headers[.contentLength] == zipped.headers[.contentLength])
    }

    @Test("Short answers and streams go as they are")
    func plain() async {
        for path in ["/short", "/events"] {
            let answer = await dispatcher().answer(.get, path, headers: [.acceptEncoding: "gzip"])
            #expect(answer.headers[.contentEncoding] == nil, "\(path)")
        }
    }

    @Test(
        "What a client accepts is told by weights",
        arguments: [
            ("gzip", true), ("GZIP", true), ("x-gzip", true), ("gzip;q=0.1", true), ("gzip; q=0", false), ("*", true),
            ("*;q=0", false), ("gzip;q=0, *", false), ("br", false), ("", false), ("identity", false), ("deflate, br", false),
            ("identity;q=1, gzip;q=0.5", false), ("identity;q=0.5, gzip;q=1", true), ("gzip;q=x", false), ("gzip;q=0.000", false),
        ])
    func weights(_ field: String, _ expected: Bool) {
        #expect(AcceptedCodings.wantsGzip(field) == expected)
    }

    @Test("Compressors are used again for answers of any size, and bytes of any kind come back")
    func compressor() throws {
        let compressor = GzipCompressor(level: 6)
        var generator = SystemRandomNumberGenerator()
        #expect(compressor.compress([UInt8](repeating: 0, count: GzipCompressor.leastBytes - 1)) == nil)
        #expect(compressor.compress([UInt8](repeating: 0, count: GzipCompressor.mostBytes + 1)) == nil)
        for size in [1_024, 70_000, 300_000, 1_025, 500_000, 2_000] {
            let bytes = (0..<size).map { _ in UInt8.random(in: 0...255, using: &generator) }
            #expect(try unzip(try #require(compressor.compress(bytes))) == bytes)
        }
    }

    // MARK: Caching

    @Test("A kept answer has a tag; who has it already gets 304 without a body")
    func tags() async throws {
        let first = await dispatcher().answer(.get, "/kept")
        let tag = try #require(first.headers[.eTag])
        #expect(tag.wholeMatch(of: /"[A-Za-z0-9_-]+"/) != nil && first.headers[.cacheControl] == "private, no-cache")
        let zipped = await dispatcher().answer(.get, "/kept", headers: [.acceptEncoding: "gzip"])
        let zippedTag = try #require(zipped.headers[.eTag])
        #expect(zippedTag != tag, "the compressed form is another representation")
        for given in [tag, zippedTag, "W/\(tag)", "\"other\", \(tag)", "*"] {
            let again = await dispatcher().answer(.get, "/kept", headers: [.ifNoneMatch: given, .acceptEncoding: "gzip"])
            #expect(again.status == .notModified && again.body.isEmpty, "\(given)")
            #expect(again.headers[.eTag] == tag && again.headers[.vary] == "Accept-Encoding")
            #expect(again.headers[.contentType] == nil && again.headers[.contentLength] == nil)
        }
        #expect(await dispatcher().answer(.get, "/kept", headers: [.ifNoneMatch: "\"other\""]).status == .ok)
        #expect(await dispatcher().answer(.head, "/kept", headers: [.ifNoneMatch: tag]).status == .notModified)
    }

    @Test("Routes say whether answers may be kept; problems never may")
    func policies() async {
        #expect(await dispatcher().answer(.get, "/short").headers[.cacheControl] == "no-store")
        #expect(await dispatcher().answer(.get, "/short").headers[.eTag] == nil)
        #expect(await dispatcher().answer(.get, "/soon").headers[.cacheControl] == "private, max-age=60")
        let failing = await dispatcher().answer(.get, "/failing")
        #expect(failing.headers[.cacheControl] == "no-store" && failing.headers[.eTag] == nil)
    }

    // MARK: Header fields

    @Test("Browsers are told what nobody may do with any answer, once each")
    func security() async {
        for path in ["/short", "/page", "/nothing", "/events"] {
            let headers = await dispatcher().answer(.get, path).headers
            for (name, value) in [
                (HTTPField.Name.xContentTypeOptions, "nosniff"), (.referrerPolicy, "same-origin"), (.xFrameOptions, "DENY"),
                (.crossOriginOpenerPolicy, "same-origin"), (.crossOriginResourcePolicy, "same-origin"),
            ] { #expect(headers[values: name] == [value], "\(path) \(name)") }
            #expect(headers[.contentSecurityPolicy]?.contains("frame-ancestors 'none'") == true)
            #expect(headers[.permissionsPolicy] != nil && headers[.strictTransportSecurity] == nil)
        }
        #expect(
            await dispatcher().answer(.get, "/short").headers[.contentSecurityPolicy]?.hasPrefix("default-src 'none'") == true)
        #expect(await dispatcher().answer(.get, "/page").headers[.contentSecurityPolicy]?.hasPrefix("default-src 'self'") == true)
        #expect(await dispatcher().answer(.get, "/own").headers[values: .contentSecurityPolicy] == ["default-src 'self'"])
        let secure = await dispatcher { $0.isSecure = true }.answer(.get, "/short")
        #expect(secure.headers[.strictTransportSecurity] == "max-age=31536000")
    }

    @Test("Other sites get nothing unless they are named")
    func closed() async {
        let origin: HTTPFields = [.origin: "https://tools.example.org", .accessControlRequestMethod: "GET"]
        let answer = await dispatcher().answer(.get, "/short", headers: origin)
        #expect(answer.headers[.accessControlAllowOrigin] == nil && answer.headers[.vary] == "Accept-Encoding")
        #expect(await dispatcher().answer(.options, "/short", headers: origin).status == .methodNotAllowed)
    }

    @Test("A named site gets exactly its origin, with credentials; its neighbours get nothing")
    func named() async {
        let dispatcher = dispatcher { $0.allowedOrigins = ["https://tools.example.org"] }
        let allowed = await dispatcher.answer(.get, "/short", headers: [.origin: "https://tools.example.org"])
        #expect(allowed.headers[.accessControlAllowOrigin] == "https://tools.example.org")
        #expect(allowed.headers[.accessControlAllowCredentials] == "true")
        #expect(allowed.headers[.vary]?.contains("Origin") == true)
        #expect(allowed.headers[values: .crossOriginResourcePolicy] == ["cross-origin"])
        for stranger in ["https://tools.example.org.evil.net", "http://tools.example.org", "null", "https://example.org"] {
            let refused = await dispatcher.answer(.get, "/short", headers: [.origin: stranger])
            #expect(refused.headers[.accessControlAllowOrigin] == nil && refused.headers[.vary]?.contains("Origin") == true)
        }
        let preflight = await dispatcher.answer(
            .options, "/short", headers: [.origin: "https://tools.example.org", .accessControlRequestMethod: "GET"])
        #expect(preflight.status == .noContent && preflight.headers[.accessControlAllowMethods] == "GET, HEAD")
        #expect(preflight.headers[.accessControlAllowOrigin] == "https://tools.example.org")
        let other = await dispatcher.answer(
            .options, "/short", headers: [.origin: "https://evil.net", .accessControlRequestMethod: "GET"])
        #expect(other.status == .methodNotAllowed && other.headers[.accessControlAllowOrigin] == nil)
    }

    @Test("Only our own proxies may name a request and tell the client's address")
    func proxies() async {
        let echo = Route.test("/address") { request in TestText(request.clientAddress ?? "none") }
        var settings = HTTPSettings()
        settings.trustedProxies = ["10.0.0.0/8", "192.0.2.1"].compactMap { AddressRange($0) }
        let dispatcher = Dispatcher(
            mounted: MountedRoutes([MountedRoute(echo, of: "test")]), authenticator: FixedAuthenticator(nil), settings: settings,
            logger: silent)
        func ask(_ peer: String, _ forwarded: String) async -> (String, String?) {
            let answer = await dispatcher.answer(
                IncomingRequest(
                    .get, "/address", headers: [.xForwardedFor: forwarded, .requestID: "proxy-0001"],
                    client: Client(address: peer), body: .none))
            return (String(decoding: answer.body, as: UTF8.self), answer.headers[.requestID])
        }
        #expect(await ask("10.1.2.3", "203.0.113.7") == (#"{"text":"203.0.113.7"}"#, "proxy-0001"))
        #expect(await ask("10.1.2.3", "6.6.6.6, 203.0.113.7, 192.0.2.1").0 == #"{"text":"203.0.113.7"}"#)
        #expect(await ask("10.1.2.3", "nonsense").0 == #"{"text":"10.1.2.3"}"#)
        let stranger = await ask("203.0.113.9", "127.0.0.1")
        #expect(stranger.0 == #"{"text":"203.0.113.9"}"# && stranger.1 != "proxy-0001")
    }

    private func unzip(_ bytes: [UInt8]) throws -> [UInt8] {
        let process = Process()
        process.executableURL = URL(filePath: "/bin/sh")
        let file = FileManager.default.temporaryDirectory.appending(path: UUID().uuidString)
        try Data(bytes).write(to: file)
        defer { try? FileManager.default.removeItem(at: file) }
        process.arguments = ["-c", "exec gzip -dc < '\(file.path)'"]
        let output = Pipe()
        process.standardOutput = output
        try process.run()
        let unzipped = Array(output.fileHandleForReading.readDataToEndOfFile())
        process.waitUntilExit()
        #expect(process.terminationStatus == 0)
        return unzipped
    }
}
