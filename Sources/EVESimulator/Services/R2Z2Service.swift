internal import Synchronization

/// zKillboard's feed as files: `sequence.json`, one file a number, and history by day.
final class R2Z2Service: SimulatedService {
    private let feed: Feed
    private let clock: any SimulatorClock
    private let scale: Double
    private let limiter: Mutex<R2Z2Limiter>

    init(feed: Feed, configuration: SimulatorConfiguration) {
        self.feed = feed
        clock = configuration.clock
        scale = configuration.timeScale
        limiter = Mutex(R2Z2Limiter(scale: configuration.timeScale, banSeconds: configuration.banSeconds))
    }

    var counters: SimulatorCounters.R2Z2 { limiter.withLock { $0.counters } }

    func forgive() { limiter.withLock { $0.forgive() } }

    func reply(to request: SimulatedRequest) -> Reply {
        let isAnonymous = (request.header("user-agent") ?? "").trimmed.isEmpty
        let verdict = limiter.withLock { $0.admit(isAnonymous: isAnonymous, at: clock.now) }
        guard verdict == .welcome else { return Self.refusal(verdict) }
        guard request.method == "GET" else { return .page("405 Method Not Allowed", status: 405) }
        feed.publishDue()
        var reply = answer(request)
        if reply.status == 404 { limiter.withLock { $0.noteNotFound(at: clock.now) } }
        if reply.status == 200, feed.plan.isOn(.gzip), request.header("accept-encoding")?.contains("gzip") == true {
            reply.body = Gzip.compress(reply.body)
            reply = reply.with("Content-Encoding", "gzip")
        }
        return reply
    }

    private static func refusal(_ verdict: R2Z2Limiter.Verdict) -> Reply {
        let reason =
            switch verdict {
            case .welcome: ""
            case .anonymous: "send a User-Agent"
            case .banned: "still refused because of an earlier violation"
            case .tooFast: "more than 15 requests in a second"
            case .tooSoonAfter404: "less than 6 seconds after a 404"
            }
        return Reply.page("403 Forbidden: \(reason)", status: 403)
    }

    private func answer(_ request: SimulatedRequest) -> Reply {
        switch request.path.first {
        case "ephemeral" where request.path.count == 2 && request.path[1] == "sequence.json":
            return .json(["sequence": .int(feed.announcedSequence())])
        case "ephemeral" where request.path.count == 2 && request.path[1].hasSuffix(".json"):
            guard let number = Int64(request.path[1].dropLast(5)) else { return Self.notFound }
            return killmail(number)
        case "history":
            return history(Array(request.path.dropFirst())).with("Cache-Control", "public, max-age=31536000")
        default:
            return Self.notFound
        }
    }

    static let notFound = Reply.page("404 Not Found", status: 404)

    // MARK: One number

    private func killmail(_ number: Int64) -> Reply {
        guard let (entry, attempt) = feed.read(number) else { return Self.notFound }
        let plan = feed.plan
        func draw(_ fault: Fault) -> SimulatorRandom? {
            plan.hits(fault, number, seed: feed.seed) ? FaultPlan.random(fault, number, seed: feed.seed) : nil
        }
        // The faults of one number heal one after another, each after its own number of attempts.
        var healed = 0
        func isSick(_ times: Int) -> Bool {
            healed += times
            return attempt <= healed
        }
        if var random = draw(.stale404), isSick(random.int(1...2)) { return Self.notFound }
        if var random = draw(.rateLimit), isSick(1) {
            let reply = Reply.page("429 Too Many Requests", status: 429)
            return random.chance(0.5) ? reply.with("Retry-After", String(random.int(5...12))) : reply
        }
        if var random = draw(.serverError), isSick(random.int(1...3)) {
            let status = random.pick([500, 502, 503, 504])
            return .page("\(status) Server Error", status: status)
        }
        if draw(.html) != nil, isSick(1) { return .page("Just a moment...", status: 200) }
        let isCut = draw(.drop) != nil && isSick(1)
        let isSlow = !isCut && draw(.slow) != nil && isSick(1)
        let isStale = entry.rewrittenLabel != nil && !isCut && !isSlow && isSick(1)
        guard let body = entry.body(stale: isStale) else { return Self.notFound }
        var reply = Reply.json(body)
        if isCut { reply.delivery = .cut(at: 0.5) }
        if isSlow { reply.delivery = .trickled(seconds: 5 * scale) }
        return reply
    }

    // MARK: History

    private func history(_ path: [String]) -> Reply {
        let days = feed.history()
        if path == ["totals.json"] {
            return .json(.object(days.sorted { $0.key < $1.key }.map { ($0.key, .int(Int64($0.value.count))) }))
        }
        guard let name = path.last, name.hasSuffix(".json"), let day = days[String(name.dropLast(5))] else {
            return Self.notFound
        }
        let kills = day.sorted { $0.key < $1.key }
        switch path.count {
        case 1: return .json(.object(kills.map { (String($0.key), .string($0.value)) }))
        case 2 where path[0] == "raw":
            var output: [UInt8] = Array("{".utf8)
            for (id, _) in kills {
                guard let kill = feed.kill(id) else { continue }
                if output.count > 1 { output.append(UInt8(ascii: ",")) }
                output += "\"\(id)\":".utf8
                output += kill.esi
            }
            return .json(output + [UInt8(ascii: "}")])
        default: return Self.notFound
        }
    }
}
