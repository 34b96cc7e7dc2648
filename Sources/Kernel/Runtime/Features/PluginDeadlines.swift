/// How long the kernel waits for plugins' code before it cancels it, and then goes on without it.
public struct PluginDeadlines: Sendable {
    /// For `start()`.
    public var start = Duration.seconds(30)
    /// For steps, runs and requests under way to end by themselves when their plugin's life ends.
    public var drain = Duration.seconds(15)
    /// For `stop()`.
    public var stop = Duration.seconds(5)
    /// For one step of a worker.
    public var step = Duration.seconds(300)
    /// For `health()`.
    public var health = Duration.seconds(3)
    /// How long cancelled code may take to end. What takes longer is given up, counted and reported, and goes on alone.
    public var grace = Duration.seconds(2)
    /// How long plugins that are not required may keep the pod from being ready.
    public var optionalStart = Duration.seconds(5)
    /// The pause after a first failed start; it doubles with each further one.
    public var firstRetry = Duration.seconds(1)
    public var longestRetry = Duration.seconds(60)
    /// How often steps and healths are looked at.
    public var watch = Duration.seconds(1)
    public var healthPoll = Duration.seconds(5)
    /// How often the switches are looked at although nobody said that they changed.
    public var switchPoll = Duration.seconds(5)
    /// How often the manifests' files are looked at. A change counts once it has stood still for that long.
    public var manifestPoll = Duration.seconds(1)
    /// How often a pod says about itself that it is there.
    public var report = Duration.seconds(10)

    public init() {}

    func retryPause(attempt: Int) -> Duration { min(firstRetry * (1 << min(max(attempt - 1, 0), 16)), longestRetry) }
}
