/// Where kills come from, in the order of publishing: an endless timeline, or a recording.
struct KillSource: Sendable {
    struct Scheduled: Sendable {
        let kill: FeedKill
        /// Seconds since 1970, simulated.
        let publishAt: Int64
    }

    private var timeline: Timeline?
    private let renderer: KillmailRenderer?
    /// How many more the timeline may give; `nil` without end.
    private var remaining: Int?
    private let recording: [Scheduled]
    private var position = 0

    init(timeline: Timeline, renderer: KillmailRenderer, limit: Int?) {
        self.timeline = timeline
        self.renderer = renderer
        remaining = limit
        recording = []
    }

    /// `recording`: in the order of publishing.
    init(recording: [Scheduled]) {
        self.recording = recording
        timeline = nil
        renderer = nil
        remaining = nil
    }

    /// The next kill due at or before a simulated time, `nil` when none is.
    mutating func next(until time: Int64) -> Scheduled? {
        guard let renderer else {
            guard position < recording.count, recording[position].publishAt <= time else { return nil }
            defer { position += 1 }
            return recording[position]
        }
        guard remaining != 0, let kill = timeline?.next(until: time - renderer.epoch) else { return nil }
        remaining = remaining.map { $0 - 1 }
        return Scheduled(kill: renderer.render(kill), publishAt: renderer.epoch + kill.publishAt)
    }
}
