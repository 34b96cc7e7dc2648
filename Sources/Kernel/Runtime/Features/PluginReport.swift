import Foundation
import KernelAPI

/// A plugin on this pod as others are told about it.
struct PluginReport: Sendable, Equatable {
    let plugin: PluginName
    var state: PluginState
    var lastError: String?
    /// It was to start and did not: a pod with such a plugin that is required is not ready.
    var isMissing = false
    /// The manifest says `on_start_failure: fail`.
    var isRequired: Bool
    /// Selected for this pod, or required by what is.
    var runsHere: Bool
    var configurationHash: String
    var servesRoutes: Bool
    /// Workers, jobs and consumers that run here.
    var work: [String]
    /// When its life began; `nil` while there is none.
    var beganAt: Date?
}

/// What the actor knows about one plugin, from which its ``PluginReport`` follows.
struct PluginCondition: Sendable, Equatable {
    var phase = PluginLife.Phase.off
    var isStuck = false
    var failures = 0
    /// One of the plugins that it requires and that do not run.
    var waitsFor: PluginName?
    /// The plugin that it waits for is on its way.
    var isWaitingShort = false
    /// Why it did not start.
    var startError: String?
    /// Calls that were given up, by what was called; one sentence each.
    var abandoned: [String: String] = [:]
    var health = PluginHealth.healthy
    /// Changes that could not be made, one sentence each.
    var refused: [String] = []

    var state: PluginState {
        if isStuck { return .failed }
        switch phase {
        case .off: return .off
        case .waiting: return isWaitingShort ? .starting : .degraded
        case .starting: return failures > 0 ? .retrying : .starting
        case .running:
            if !abandoned.isEmpty { return .failed }
            return health == .healthy && refused.isEmpty ? .running : .degraded
        case .draining, .closing, .lingering, .stopping: return .draining
        case .pausing: return .retrying
        case .failed: return .degraded
        }
    }

    var lastError: String? {
        var sentences: [String] = []
        if isStuck {
            sentences.append("A call of \(Self.name(of: phase)) has not returned although it was cancelled.")
        }
        if phase == .waiting, let waitsFor { sentences.append("Waits for \(waitsFor), which it requires.") }
        if let startError { sentences.append(startError) }
        sentences += abandoned.sorted { $0.key < $1.key }.map(\.value)
        if case .degraded(let sentence) = health { sentences.append(sentence) }
        sentences += refused
        return sentences.isEmpty ? nil : String(sentences.joined(separator: " ").prefix(1_000))
    }

    /// It should run and cannot.
    var isMissing: Bool {
        switch phase {
        case .pausing, .failed: true
        case .starting: isStuck || failures > 0
        case .stopping: isStuck
        case .off, .waiting, .running, .draining, .closing, .lingering: false
        }
    }

    private static func name(of phase: PluginLife.Phase) -> String { if case .starting = phase { "start()" } else { "stop()" } }
}
