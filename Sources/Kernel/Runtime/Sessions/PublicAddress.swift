import Synchronization

/// The public URL, which is known at the latest when the server listens; before that nobody asks.
final class PublicAddress: Sendable {
    private let settled: Mutex<PublicURL?>

    init(_ url: PublicURL?) { settled = Mutex(url) }

    /// - Returns: what it is now: what was set first stays.
    @discardableResult
    func settle(_ derived: PublicURL) -> PublicURL {
        settled.withLock { settled in
            let url = settled ?? derived
            settled = url
            return url
        }
    }

    var url: PublicURL {
        get throws {
            guard let url = settled.withLock({ $0 }) else { throw KernelMisuse("the public URL is not known yet") }
            return url
        }
    }
}
