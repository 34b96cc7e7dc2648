public import AsyncHTTPClient
public import EVE

/// zKillboard's live feed: killmails within a minute of their publication, complete.
///
/// An actor because it owns the pace: one request at a time, never sooner than the rules allow, whoever polls.
public actor R2Z2Feed: KillmailFeed {
    public nonisolated let name = "r2z2"

    public static let defaultURL = "https://r2z2.zkillboard.com"

    private let http: OutsideHTTP
    private let baseURL: String
    private let time: OutsideTime
    private let maximumBatch: Int
    private var cursor: R2Z2Cursor
    private var isPolling = false

    /// - Parameters:
    ///   - baseURL: without a slash at the end; must be among those that `time` was checked against.
    ///   - startAt: the number to begin with when no cursor is stored; `nil` begins with the newest.
    ///   - maximumBatch: how many numbers a poll reads at most.
    public init(
        baseURL: String = R2Z2Feed.defaultURL, client: HTTPClient, identity: OutsideIdentity, time: OutsideTime,
        startAt: Int64? = nil, maximumBatch: Int = 100
    ) {
        self.baseURL = baseURL
        self.time = time
        self.maximumBatch = max(1, maximumBatch)
        http = OutsideHTTP(client: client, identity: identity, service: "r2z2")
        cursor = R2Z2Cursor(settings: R2Z2Settings(time), startAt: startAt)
    }

    /// Reads up to ``maximumBatch`` numbers or for about a second, and returns at the first that is missing.
    public func poll(_ state: FeedState) async throws -> FeedPoll {
        // A second caller would disturb the first one's state; the feed is read by one.
        guard !isPolling else { return FeedPoll(state: state, pause: time.scaled(.seconds(1))) }
        isPolling = true
        defer { isPolling = false }
        cursor.resume(from: state)
        var poll = FeedPoll(state: state, pause: .zero)
        let end = time.uptime() + time.scaled(.seconds(1))
        var requests = 0
        while requests < maximumBatch {
            let now = time.uptime()
            let (action, effects) = cursor.next(at: now, date: time.date())
            poll.add(effects)
            switch action {
            case .wait(let moment):
                // Between two numbers of a batch we wait here; anything longer is the caller's pause.
                guard moment - now <= cursor.settings.pace, moment <= end else { return finished(poll) }
                try await time.sleep(moment - now)
            case .fetch(let request):
                requests += 1
                let answer = try await answer(to: request)
                poll.add(
                    cursor.receive(answer, to: request, at: time.uptime(), date: time.date(), random: time.random()))
                guard answer.isProgress, time.uptime() < end else { return finished(poll) }
            }
        }
        return finished(poll)
    }

    private func finished(_ poll: FeedPoll) -> FeedPoll {
        var poll = poll
        poll.state = cursor.state
        poll.pause = max(.zero, cursor.notBefore - time.uptime())
        poll.head = cursor.head
        poll.alarm = cursor.alarm
        return poll
    }

    private func answer(to request: R2Z2Cursor.Request) async throws -> R2Z2Cursor.Answer {
        let file = request.sequence.map(String.init) ?? "sequence"
        let response: OutsideHTTP.Response
        do {
            // Files change in place and caches keep what was deleted.
            response = try await http.send("\(baseURL)/ephemeral/\(file).json", headers: [("Cache-Control", "no-cache")])
        } catch let failure as OutsideHTTP.Failure {
            guard failure.isTooLarge else { return .failed(failure.reason) }
            return .broken(FeedReject(killmailID: nil, code: "body_too_large", message: failure.reason))
        }
        switch response.status {
        case 200: return read(response.body, for: request)
        case 404, 410: return .missing
        case 403: return .forbidden
        case 429: return .throttled(retryAfter: response.retryAfter.map(time.scaled))
        default: return .failed("status \(response.status)")
        }
    }

    private func read(_ body: [UInt8], for request: R2Z2Cursor.Request) -> R2Z2Cursor.Answer {
        // A page of the content network instead of the file, or nothing at all.
        guard let first = body.first(where: { $0 > 0x20 }), first != UInt8(ascii: "<") else {
            return .failed("a page instead of a file")
        }
        if request == .head {
            guard let head = Self.head(in: body) else { return .failed("sequence.json holds no number") }
            return .head(head)
        }
        do {
            return .envelope(try KillmailDecoder(now: time.date()).decodeEnvelope(body))
        } catch {
            return .broken(FeedReject(error))
        }
    }

    /// The number in `sequence.json`, under the key `sequence`.
    static func head(in body: [UInt8]) -> Int64? {
        body.withUnsafeBytes { bytes in
            var scanner = JSONScanner(bytes)
            do {
                var head: Int64?
                try scanner.beginObject()
                while let key = try scanner.nextKey() {
                    if key.is("sequence"), try scanner.nextKind() == .number {
                        head = try scanner.integer()
                    } else {
                        try scanner.skipValue()
                    }
                }
                return head.flatMap { $0 > 0 && $0 < Int64.max / 2 ? $0 : nil }
            } catch {
                return nil
            }
        }
    }
}

extension FeedPoll {
    fileprivate mutating func add(_ effects: R2Z2Cursor.Effects) {
        deliveries += effects.deliveries
        abandoned += effects.abandoned
    }
}

extension R2Z2Cursor.Answer {
    /// Something was read, so that reading on makes sense.
    var isProgress: Bool {
        switch self {
        case .head, .envelope: true
        case .missing, .broken, .throttled, .forbidden, .failed: false
        }
    }
}
