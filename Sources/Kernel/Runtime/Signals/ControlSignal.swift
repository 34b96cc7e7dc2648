import Foundation

/// What pods tell each other so that nobody works with yesterday's rights or switches. It says only what to look at
/// again; the truth is in the tables.
enum ControlSignal: Sendable, Hashable {
    /// Switches or settings of plugins.
    case features
    /// Rights, characters or sessions of these accounts.
    case accounts([UUID])
    /// The organisation gate.
    case gate
    /// Runs of jobs that wait.
    case jobs
    /// Signals may have been missed: look at everything.
    case everything

    /// More accounts than this are told as ``everything``: a notification has at most 8,000 bytes.
    static let mostAccounts = 100

    var text: String {
        switch self {
        case .features: "features"
        case .accounts(let ids) where ids.count <= Self.mostAccounts:
            "accounts " + ids.map { $0.uuidString.lowercased() }.joined(separator: ",")
        case .gate: "gate"
        case .jobs: "jobs"
        case .accounts, .everything: "everything"
        }
    }

    /// A newer pod may say what this one does not know: it then looks at everything.
    init(text: String) {
        let words = text.split(separator: " ", maxSplits: 1)
        switch words.first {
        case "features": self = .features
        case "gate": self = .gate
        case "jobs": self = .jobs
        case "accounts" where words.count == 2:
            let ids = words[1].split(separator: ",").map { UUID(uuidString: String($0)) }
            self = ids.contains(nil) ? .everything : .accounts(ids.compactMap(\.self))
        default: self = .everything
        }
    }
}
