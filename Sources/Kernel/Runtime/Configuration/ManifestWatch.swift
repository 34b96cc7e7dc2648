import Foundation

/// Notices that the manifests of a folder have changed, by looking from time to time.
///
/// A ConfigMap's files are links that all change at once, an editor writes in several steps: a change counts when two looks in
/// a row find the same.
struct ManifestWatch {
    private struct Stamp: Equatable {
        let file: String
        let inode: UInt64
        let size: UInt64
        let modified: Date
    }

    private let directory: String
    /// The digest of what is in force.
    private var known: String
    /// The files when their contents were last looked at.
    private var settled: [Stamp]?
    private var pending: [Stamp]?

    /// - Parameter known: ``ManifestSet/digest`` of what is in force.
    init(directory: String, known: String) {
        self.directory = directory
        self.known = known
    }

    /// True once for each change, whether what is there now is right or not.
    mutating func hasChanged() -> Bool {
        let now = stamps()
        guard now != settled else { return false }
        guard now == pending else {
            pending = now
            return false
        }
        settled = now
        let digest = (try? ManifestSet.documents(in: directory)).map { ManifestSet.digest(of: $0) } ?? ""
        defer { known = digest }
        return digest != known
    }

    private func stamps() -> [Stamp] {
        let files = (try? ManifestSet.files(in: directory)) ?? []
        return files.map { file in
            // What cannot be looked at is told when it is read.
            let path = URL(filePath: directory + "/" + file).resolvingSymlinksInPath().path
            let attributes = (try? FileManager.default.attributesOfItem(atPath: path)) ?? [:]
            return Stamp(
                file: path, inode: (attributes[.systemFileNumber] as? NSNumber)?.uint64Value ?? 0,
                size: (attributes[.size] as? NSNumber)?.uint64Value ?? 0,
                modified: attributes[.modificationDate] as? Date ?? .distantPast)
        }
    }
}
