import Foundation
internal import Synchronization

/// The published world: publishes what is due, answers what is readable. All of it behind one lock, held for
/// microseconds, so that a reader sees either nothing or the whole of a publication.
final class Feed: Sendable {
    private struct Locked {
        var state: Publications
        var source: KillSource
        /// How often a number was asked for; only numbers with a fault that heals are in here.
        var attempts: [Int64: Int] = [:]
        /// A number of the feed has been asked for, so that sequence.json tells the head.
        var isFollowed = false
        /// The expired number in front of the feed has been asked for.
        var knowsExpiry = false
        var ledgerFailure: SimulatorError?
    }

    let time: SimulatedTime
    let seed: UInt64
    private let locked: Mutex<Locked>
    private let ledger: LedgerFile?
    private let clock: any SimulatorClock

    init(state: Publications, source: KillSource, time: SimulatedTime, ledger: LedgerFile?, clock: any SimulatorClock) {
        seed = state.seed
        self.time = time
        self.ledger = ledger
        self.clock = clock
        locked = Mutex(Locked(state: state, source: source))
    }

    var head: Int64 { locked.withLock { $0.state.head } }
    var firstSequence: Int64 { locked.withLock { $0.state.firstSequence } }
    var publishedKills: Int { locked.withLock { $0.state.publishedKills } }
    var plan: FaultPlan { locked.withLock { $0.state.plan } }
    var ledgerFailure: SimulatorError? { locked.withLock { $0.ledgerFailure } }

    func setPlan(_ plan: FaultPlan) { locked.withLock { $0.state.plan = plan } }

    /// Publishes everything that is due by now.
    func publishDue() {
        let now = clock.now
        let simulated = time.simulated(at: now)
        locked.withLock { locked in
            while let next = locked.source.next(until: time.isAllAtOnce ? .max / 4 : simulated) {
                let uploadedAt = time.isAllAtOnce ? simulated : next.publishAt
                locked.state.publish(next.kill, uploadedAt: uploadedAt, now: now)
            }
            write(&locked)
        }
    }

    @discardableResult
    func publish(_ kill: FeedKill) -> Int64 {
        let now = clock.now
        return locked.withLock { locked in
            let number = locked.state.publish(kill, uploadedAt: time.simulated(at: now), now: now)
            write(&locked)
            return number
        }
    }

    func bury(_ kills: [FeedKill]) {
        locked.withLock { locked in
            for (index, kill) in kills.enumerated() {
                locked.state.bury(kill, sequence: locked.state.firstSequence - Int64(kills.count - index), now: clock.now)
            }
            write(&locked)
        }
    }

    private func write(_ locked: inout Locked) {
        let lines = locked.state.takeLines()
        do { try ledger?.write(lines) } catch { locked.ledgerFailure = error }
    }

    // MARK: Reading

    /// The number that sequence.json gives.
    ///
    /// Until somebody has asked for the first number it is the first one, as if all had just happened: a client without
    /// a cursor then sees the whole universe or recording.
    func announcedSequence() -> Int64 {
        locked.withLock { locked in
            let state = locked.state
            if !locked.isFollowed {
                let isExpired = state.plan.isOn(.expired) && !locked.knowsExpiry
                return isExpired ? state.firstSequence - 40 : min(state.firstSequence, max(state.head, state.firstSequence))
            }
            let head = max(state.head, state.firstSequence)
            return state.plan.isOn(.lag) ? head - (head - state.firstSequence) % 52 : head
        }
    }

    /// The entry of a number, if it is published, readable and not expired; counts the attempt.
    func read(_ number: Int64) -> (entry: FeedEntry, attempt: Int)? {
        let now = clock.now
        return locked.withLock { locked in
            if number >= locked.state.firstSequence { locked.isFollowed = true } else { locked.knowsExpiry = true }
            guard let entry = locked.state.entry(number), entry.readableAt <= now,
                entry.bornAt > time.simulated(at: now) - 86400
            else { return nil }
            let attempt = (locked.attempts[number] ?? 0) + 1
            if locked.attempts.count > 200_000 { locked.attempts.removeAll() }
            locked.attempts[number] = attempt
            return (entry, attempt)
        }
    }

    func kill(_ id: Int64) -> FeedKill? { locked.withLock { $0.state.kills[id] } }

    /// Days that zKillboard would have written by now, with their kills.
    func history() -> [String: [Int64: String]] {
        let today = Timestamp.day(time.simulated(at: clock.now) - 6 * 3600)
        return locked.withLock { $0.state.days.filter { $0.key < today } }
    }
}
