import Crypto
import Foundation
import KernelAPI

extension LoadedPlugin {
    /// The same on pods whose manifest and settings are the same, wherever these come from. What a pod serves of the plugin is
    /// left out, for pods differ in that on purpose; secrets count as set or not, so that the hash tells nothing of them.
    package var configurationHash: String {
        let contributes = manifest.contributes
        var lines = [
            "module \(manifest.module)", "requires \(manifest.requires.map(\.rawValue).sorted())",
            "on_start_failure \(manifest.onStartFailure.rawValue)", "routes \(contributes.routes.sorted())",
            "work \(contributes.work.sorted())", "topics \(contributes.topics.sorted())",
            "migrations \(contributions.migrations.last?.name ?? "")",
        ]
        lines += settings.map { "\($0.key) \($0.value.debugDescription)" }.sorted()
        let digest = SHA256.hash(data: Data(lines.joined(separator: "\n").utf8))
        return digest.prefix(6).map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
    }
}
