/// What is simulated, and how nastily.
public struct SimulatorConfiguration: Sendable {
    public enum Source: Sendable, Equatable {
        case universe
        /// Killmails as NDJSON in ESI's fields, gzipped or not; `names`: a JSON array of `{category, id, name}`.
        case replay(file: String, names: String?)
    }

    public enum Speed: Sendable, Equatable {
        /// Simulated seconds in a real one; more than 0.
        case times(Double)
        /// Everything is published at once.
        case max
    }

    public var host = "127.0.0.1"
    /// 0 takes any free port.
    public var port = 8090
    public var seed: UInt64 = 1
    public var source = Source.universe
    public var speed = Speed.times(1)
    public var faults = FaultPlan.none
    /// File to which each publication is written, a JSON object a line.
    public var ledger: String?
    /// Scales all limits and durations of the services, as the client scales its own.
    public var timeScale = 1.0
    /// Kills a simulated day in the live part.
    public var rate = 40_000.0
    /// Kills a simulated day in the backlog; what zKillboard has.
    public var backlogRate = 17_000.0
    /// Seconds of history that are published when the simulator starts.
    public var backlogSeconds: Int64 = 2 * 3600
    /// Stop after so many generated kills; `nil` goes on for ever, and means 5,000 with speed `max`.
    public var kills: Int?
    /// Simulated time at the start in seconds since 1970; `nil` is now, or a week ago when time runs faster.
    public var start: Int64?
    /// Number of the first killmail of the feed; `nil` derives it from the start, so that a restart goes on above.
    public var firstSequence: Int64?
    /// Killmails that stay readable; the oldest expire first.
    public var keep = 40_000
    /// How long R2Z2 refuses a client that broke a limit, in unscaled seconds.
    public var banSeconds = 600.0
    /// The secret that confidential clients of the single sign-on send, whatever their client id.
    public var ssoClientSecret = "simulated-secret"
    public var clock: any SimulatorClock = SystemSimulatorClock()

    public init() {}
}
