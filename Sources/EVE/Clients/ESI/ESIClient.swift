public import AsyncHTTPClient
public import EVE
import NIOCore
import NIOHTTP1

/// ESI, CCP's own interface, for what the live feed does not bring: single killmails, names and affiliations.
///
/// An actor because the limits are per address: all requests of the process are counted in one place.
public actor ESIClient: KillmailSource, NameSource {
    public static let defaultURL = "https://esi.evetech.net"
    /// The behaviour this client was written against. Without it ESI answers as in 2020.
    public static let compatibilityDate = "2026-08-18"
    /// Longer waits for a limit are the caller's business.
    static let longestWait = Duration.seconds(5)

    let http: OutsideHTTP
    let baseURL: String
    let time: OutsideTime
    public nonisolated var pauseFactor: Double { time.scale }
    private var limits: ESILimits
    var unknownIDs: UnknownIDs
    /// Characters whose affiliation ESI did not tell.
    var unknownCharacters: UnknownIDs

    /// - Parameter baseURL: without a slash at the end; must be among those that `time` was checked against.
    public init(
        baseURL: String = ESIClient.defaultURL, client: HTTPClient, identity: OutsideIdentity, time: OutsideTime
    ) {
        self.baseURL = baseURL
        self.time = time
        http = OutsideHTTP(client: client, identity: identity, service: "esi", timeout: .seconds(30))
        limits = ESILimits(scale: time.scale)
        // Never for less than some minutes, however fast time runs: asking again costs errors.
        unknownIDs = UnknownIDs(lifetime: max(time.scaled(.seconds(21_600)), .seconds(300)))
        unknownCharacters = unknownIDs
    }

    /// The whole killmail. A refused key is asked for twice, since ESI also refuses right ones when it is overloaded.
    public func killmail(_ id: KillmailID, hash: String) async throws -> Killmail {
        guard hash.utf8.count == 40, hash.utf8.allSatisfy(Self.isHexadecimal) else {
            throw ESIError(.invalidKillmail, "the hash of killmail \(id) is none")
        }
        let path = "/killmails/\(id)/\(hash)"
        var response = try await request(path, route: .bucket("killmail"))
        if response.status == 422 {
            try await time.sleep(time.scaled(seconds: 1 + time.random()))
            response = try await request(path, route: .bucket("killmail"))
        }
        guard response.status == 200 else { throw error(for: response) }
        do {
            var killmail = try KillmailDecoder(now: time.date()).decode(response.body)
            guard killmail.id == id else { throw ESIError(.unreadable, "asked for killmail \(id), got \(killmail.id)") }
            killmail.hash = hash
            return killmail
        } catch let error as KillmailDecodingError {
            throw ESIError(.unreadable, "killmail \(id): \(error.description)")
        }
    }

    private static func isHexadecimal(_ byte: UInt8) -> Bool {
        (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) || (UInt8(ascii: "a")...UInt8(ascii: "f")).contains(byte)
    }

    /// Sends a request within the limits, waiting a little for them if that is enough.
    func request(
        _ path: String, method: HTTPMethod = .GET, route: ESILimits.Route, body: [UInt8]? = nil
    ) async throws -> OutsideHTTP.Response {
        let deadline = time.uptime() + time.scaled(Self.longestWait)
        while let wait = limits.admit(route, at: time.uptime()) {
            guard time.uptime() + wait <= deadline else {
                throw ESIError(.limited, "ESI's limit for \(route.label) is used up", retryAfter: wait)
            }
            try await time.sleep(wait)
        }
        do {
            let response = try await http.send(
                baseURL + path, method: method, headers: [("X-Compatibility-Date", Self.compatibilityDate)], body: body)
            limits.settle(route, status: response.status, headers: response.headers, at: time.uptime())
            return response
        } catch {
            limits.settle(route, status: nil, headers: [:], at: time.uptime())
            guard let failure = error as? OutsideHTTP.Failure else { throw error }
            throw ESIError(failure.isTooLarge ? .unreadable : .network, "ESI: \(failure.reason)")
        }
    }

    /// The meaning of a status other than 200.
    func error(for response: OutsideHTTP.Response) -> ESIError {
        let status = response.status
        switch status {
        case 422: return ESIError(.invalidKillmail, "ESI knows no killmail with this id and hash (422)")
        case 404, 410: return ESIError(.notFound, "ESI does not have it (\(status))")
        case 420, 429:
            let hint = response.retryAfter ?? response["x-esi-error-limit-reset"].flatMap { Int64($0) }.map { .seconds($0) }
            return ESIError(.limited, "ESI's limit is exceeded (\(status))", retryAfter: time.scaled(hint ?? .seconds(60)))
        case 400..<500 where status != 401 && status != 403 && status != 408:
            return ESIError(.rejected, "ESI refused the request (\(status))")
        default:
            return ESIError(
                .unavailable, "ESI is not available (\(status))", retryAfter: response.retryAfter.map { time.scaled($0) })
        }
    }
}

extension ESILimits.Route {
    var label: String {
        switch self {
        case .bucket(let name): "group \(name)"
        case .legacy: "errors"
        }
    }
}
