/// How patient the scheduler is, and what it keeps.
package struct SchedulerSettings: Sendable {
    /// Shown with each run.
    package var pod: String
    /// A run whose pod has not renewed its lease for so long is lost.
    package var lease = Duration.seconds(30)
    /// The longest time between two looks at the table.
    package var poll = Duration.seconds(5)
    /// How long runs may go on after a signal, or after their plugin was switched off, before they are cancelled; and how long a
    /// cancelled one may take to end before it is given up.
    package var stopPatience = Duration.seconds(10)
    /// Runs at the same time on this pod; the others wait, or are taken by other pods.
    package var maximumRuns = 8
    /// Runs of each job that are kept.
    package var keptRuns = 200
    /// Older runs go, but for the newest of each job.
    package var keptDays = 30

    package init(pod: String) { self.pod = pod }

    /// A tick is tried so often at most.
    static let mostAttempts = 5
    /// History is looked through so often.
    static let pruneInterval = Duration.seconds(600)
    /// A run that nobody began for so long is skipped.
    static let longestWait = Duration.seconds(86_400)
    /// A tick that is further ahead than this was claimed by a clock that was wrong.
    static let clockTolerance = Duration.seconds(300)
    /// Jobs that no pod served for so long are not listed any more.
    static let forgottenAfter = Duration.seconds(7 * 86_400)
    /// Characters of an error that are kept.
    static let longestError = 500
}
