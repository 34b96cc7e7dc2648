import EVE
import Foundation
import Synchronization

/// A feed that is a list of numbers: a poll gives what follows the cursor, a few at a time, as often as it is asked.
final class ScriptedFeed: KillmailFeed {
    let name: String
    private struct Script {
        var deliveries: [FeedDelivery] = []
        /// Answers to give before the list is looked at.
        var answers: [@Sendable (FeedState) -> FeedPoll] = []
        var polledFrom: [Int64?] = []
    }
    private let script = Mutex(Script())
    private let batch: Int

    init(name: String = "scripted", batch: Int = 2) {
        self.name = name
        self.batch = batch
    }

    /// The cursors that polls started from.
    var polledFrom: [Int64?] { script.withLock { $0.polledFrom } }

    /// Publishes under the next number.
    func publish(_ contents: FeedDelivery.Content...) {
        script.withLock { script in
            for content in contents {
                script.deliveries.append(FeedDelivery(sequence: Int64(script.deliveries.count + 1), content: content))
            }
        }
    }

    /// Gives this answer to the next poll, whatever is published.
    func answerNext(_ answer: @escaping @Sendable (FeedState) -> FeedPoll) { script.withLock { $0.answers.append(answer) } }

    func poll(_ state: FeedState) async throws -> FeedPoll {
        script.withLock { script in
            script.polledFrom.append(state.cursor)
            if !script.answers.isEmpty { return script.answers.removeFirst()(state) }
            let next = script.deliveries.filter { $0.sequence > state.cursor ?? 0 }.prefix(batch)
            var after = state
            after.cursor = next.last?.sequence ?? state.cursor
            return FeedPoll(deliveries: Array(next), state: after, pause: next.isEmpty ? .seconds(6) : .zero)
        }
    }
}

/// An outside service's error.
struct ScriptedFailure: OutsideFailure {
    var description = "the service is away"
    var isPermanent = false
    var retryAfter: Duration?
    var code = "away"
}

/// ESI's killmails by a function, with the ids that were asked for.
final class ScriptedSource: KillmailSource {
    private let answer = Mutex<@Sendable (KillmailID) throws -> Killmail>({ _ in throw ScriptedFailure() })
    private let requests = Mutex<[(id: KillmailID, hash: String)]>([])

    var asked: [KillmailID] { requests.withLock { $0.map(\.id) } }
    var hashes: [String] { requests.withLock { $0.map(\.hash) } }

    func answer(_ body: @escaping @Sendable (KillmailID) throws -> Killmail) { answer.withLock { $0 = body } }

    func killmail(_ id: KillmailID, hash: String) async throws -> Killmail {
        requests.withLock { $0.append((id, hash)) }
        return try answer.withLock { $0 }(id)
    }
}

/// ESI's names by a function, with the lists that were asked for.
final class ScriptedNames: NameSource {
    private let answer = Mutex<@Sendable ([Int64]) -> NameAnswer>({ NameAnswer(later: Set($0)) })
    private let requests = Mutex<[[Int64]]>([])

    var asked: [[Int64]] { requests.withLock { $0 } }

    func answer(_ body: @escaping @Sendable ([Int64]) -> NameAnswer) { answer.withLock { $0 = body } }

    func names(_ ids: [Int64]) async throws -> NameAnswer {
        requests.withLock { $0.append(ids) }
        return answer.withLock { $0 }(ids)
    }
}
