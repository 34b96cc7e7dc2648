internal import Synchronization

/// CCP's API, as much of it as a killboard needs.
final class ESIService: SimulatedService {
    let feed: Feed
    let universe: Universe
    let roster: Roster
    let directory: Directory
    let clock: any SimulatorClock
    private let scale: Double
    private let startedAt: Double
    private let limiter: Mutex<ESILimiter>
    /// Killmails whose first right hash was refused.
    private let doubted = Mutex<Set<Int64>>([])
    private let maintenance = Mutex<Bool?>(nil)

    init(feed: Feed, roster: Roster, directory: Directory, configuration: SimulatorConfiguration) {
        self.feed = feed
        self.roster = roster
        universe = roster.universe
        self.directory = directory
        clock = configuration.clock
        scale = configuration.timeScale
        startedAt = configuration.clock.now
        limiter = Mutex(ESILimiter(scale: configuration.timeScale))
    }

    var counters: SimulatorCounters.ESI { limiter.withLock { $0.counters } }

    /// Forces maintenance on or off; `nil` leaves it to the fault.
    func setMaintenance(_ isOn: Bool?) { maintenance.withLock { $0 = isOn } }

    func count(_ change: (inout SimulatorCounters.ESI) -> Void) { limiter.withLock { change(&$0.counters) } }

    func reply(to request: SimulatedRequest) -> Reply {
        feed.publishDue()
        let path = Self.withoutVersion(request.path)
        let group = Self.group(path)
        let now = clock.now
        let (verdict, number) = limiter.withLock { ($0.admit(group, at: now), Int64($0.counters.requests)) }
        switch verdict {
        case .welcome: break
        case .bucketEmpty(let seconds): return refuse(.error(429, "Rate limit exceeded"), group, retryAfter: seconds)
        case .errorLimited(let seconds): return Self.errorLimited(seconds)
        }
        if (request.header("user-agent") ?? "").trimmed.isEmpty {
            count { $0.anonymous += 1 }
            return charged(.error(403, "A User-Agent is required."), group)
        }
        if let reply = fault(group, number: number, now: now) { return reply }
        let date = CompatibilityDate(requested: request.header("x-compatibility-date") ?? request.query["compatibility_date"])
        guard let echo = date.echo(at: Int64(now)) else {
            return charged(.error(400, "Invalid compatibility date."), group)
        }
        let reply = route(path, request)
        return charged(reply.with("X-Compatibility-Date", echo), group)
    }

    private static func withoutVersion(_ path: [String]) -> [String] {
        guard let first = path.first else { return path }
        let isVersion = ["latest", "dev", "legacy"].contains(first) || (first.hasPrefix("v") && Int(first.dropFirst()) != nil)
        return isVersion ? Array(path.dropFirst()) : path
    }

    static func group(_ path: [String]) -> ESILimiter.Group? {
        switch path.first {
        case "killmails": .killmail
        case "status": .status
        case "meta": .meta
        default: nil
        }
    }

    // MARK: Limits and faults

    private func charged(_ reply: Reply, _ group: ESILimiter.Group?) -> Reply {
        var reply = reply
        reply.headers += limiter.withLock { limiter in
            if reply.status == 304 { limiter.counters.notModified += 1 }
            return limiter.charge(group, status: reply.status, at: clock.now)
        }
        return reply
    }

    private func refuse(_ reply: Reply, _ group: ESILimiter.Group?, retryAfter: Int) -> Reply {
        charged(reply.with("Retry-After", String(retryAfter)), group)
    }

    private static func errorLimited(_ seconds: Int) -> Reply {
        Reply.error(420, "This software has exceeded the error limit for ESI. Please slow down.")
            .with("X-ESI-Error-Limit-Remain", "0").with("X-ESI-Error-Limit-Reset", String(seconds))
    }

    private func fault(_ group: ESILimiter.Group?, number: Int64, now: Double) -> Reply? {
        let plan = feed.plan
        if isInMaintenance(plan, now) {
            return charged(.error(503, "ESI is currently in maintenance mode. Please try again later."), group)
        }
        if plan.hits(.esiErrorLimit, number, seed: feed.seed) {
            limiter.withLock { $0.close(until: now + 20 * scale) }
            return Self.errorLimited(20)
        }
        if group == .killmail, plan.hits(.esiRateLimit, number, seed: feed.seed) {
            return refuse(.error(429, "Rate limit exceeded"), group, retryAfter: 5)
        }
        return nil
    }

    private func isInMaintenance(_ plan: FaultPlan, _ now: Double) -> Bool {
        if let forced = maintenance.withLock({ $0 }) { return forced }
        guard plan.isOn(.esiMaintenance) else { return false }
        let second = Timestamp.secondOfDay(Int64(now))
        if second >= 39_600, Double(second) < 39_600 + 300 * scale { return true }
        // A window that a short run meets, too: half a minute in every ten, the first after one minute.
        let elapsed = (now - startedAt) / scale
        return (60..<90).contains(elapsed.truncatingRemainder(dividingBy: 600))
    }

    // MARK: Routes

    private func route(_ path: [String], _ request: SimulatedRequest) -> Reply {
        switch (request.method, path.first, path.count) {
        case ("GET", "killmails", 3): killmail(path[1], path[2], request)
        case ("POST", "universe", 2) where path[1] == "names": names(request)
        case ("POST", "universe", 2) where path[1] == "ids": ids(request)
        case ("GET", "universe", _): place(Array(path.dropFirst()))
        case ("POST", "characters", 2) where path[1] == "affiliation": affiliation(request)
        case ("GET", "characters", 2): character(path[1])
        case ("GET", "corporations", 2): corporation(path[1])
        case ("GET", "alliances", 2): alliance(path[1])
        case ("GET", "status", 1): status()
        case ("GET", "meta", 2): meta(path[1])
        default: .error(404, "Requested page does not exist!")
        }
    }

    private func killmail(_ id: String, _ hash: String, _ request: SimulatedRequest) -> Reply {
        count { $0.killmails += 1 }
        guard let id = Int64(id) else { return .error(400, "killmail_id is not an integer") }
        let refusal = Reply.error(422, "Invalid killmail_id and/or killmail_hash")
        guard let kill = feed.kill(id), kill.hash == hash.lowercased() else { return refusal }
        let isDoubted = feed.plan.hits(.esiHash, id, seed: feed.seed) && doubted.withLock { $0.insert(id).inserted }
        if isDoubted { return refusal }
        let tag = "\"\(hash)\""
        if request.header("if-none-match") == tag {
            return cached(Reply(status: 304).with("ETag", tag), seconds: 2_592_000)
        }
        let reply = Reply.json(kill.esi).with("ETag", tag).with("Last-Modified", Timestamp.http(kill.time))
        return cached(reply, seconds: 2_592_000)
    }

    func cached(_ reply: Reply, seconds: Int64) -> Reply {
        reply.with("Cache-Control", "public, max-age=\(seconds)").with("Expires", Timestamp.http(Int64(clock.now) + seconds))
    }

    private func status() -> Reply {
        // After the last downtime.
        let start = (Int64(clock.now) - 39_900) / 86400 * 86400 + 39_900
        return cached(
            .json(["players": 23_517, "server_version": "2985000", "start_time": .string(Timestamp.iso(start))]), seconds: 30)
    }

    private func meta(_ name: String) -> Reply {
        switch name {
        case "compatibility-dates":
            .json(["compatibility_dates": .array(CompatibilityDate.known.map { .string($0) })])
        case "status":
            .json([
                "routes": .array(
                    ["/killmails/{killmail_id}/{killmail_hash}", "/status", "/universe/ids", "/universe/names"].map { path in
                        [
                            "method": path.hasSuffix("ids") || path.hasSuffix("names") ? "POST" : "GET", "path": .string(path),
                            "status": "OK",
                        ]
                    })
            ])
        default: .error(404, "Requested page does not exist!")
        }
    }
}
