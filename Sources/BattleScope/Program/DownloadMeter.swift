import EVEClients
import Synchronization

/// Tells how a download goes on: a line every ten megabytes, which on a slow line is every few seconds.
final class DownloadMeter: Sendable {
    private static let step = 10_000_000
    private let shown = Mutex(0)

    func show(_ progress: StaticDataDownload.Progress) {
        let isDue = shown.withLock { shown in
            guard progress.bytes >= shown + Self.step else { return false }
            shown = progress.bytes
            return true
        }
        guard isDue else { return }
        let total = progress.total.map { " of \($0 / 1_000_000)" } ?? ""
        StandardError.write("  \(progress.bytes / 1_000_000)\(total) MB\n")
    }
}
