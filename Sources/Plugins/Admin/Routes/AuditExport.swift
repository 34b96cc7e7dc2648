import Foundation
import KernelAPI

/// The audit log as a file to keep.
enum AuditExport {
    static func json(_ records: [AuditRecord]) -> Document<JSONFile> {
        var writer = JSONWriter()
        writer.array(records) { AuditItem.json.write(AuditItem(record: $1), to: &$0) }
        return Document(writer.bytes, fileName: "audit-log.json")
    }

    static func csv(_ records: [AuditRecord]) -> Document<CSV> {
        let lines = [header] + records.map(line)
        return Document(Array(lines.joined().utf8), fileName: "audit-log.csv")
    }

    private static let header = "number,time,actorId,actorName,ip,userAgent,action,target,oldValue,newValue\r\n"

    private static func line(_ record: AuditRecord) -> String {
        let fields: [String] = [
            String(record.number), record.time.iso8601, record.actor.accountID?.uuidString.lowercased() ?? "",
            record.actorName ?? "", record.actor.address ?? "", record.actor.userAgent ?? "", record.action.rawValue,
            record.target, record.oldValue.map { String(decoding: $0, as: UTF8.self) } ?? "",
            record.newValue.map { String(decoding: $0, as: UTF8.self) } ?? "",
        ]
        return fields.map(quoted).joined(separator: ",") + "\r\n"
    }

    /// Quoted as RFC 4180 says. A field that a spreadsheet would take for a formula gets an apostrophe in front: names come
    /// from players.
    static func quoted(_ field: String) -> String {
        let safe = field.first.map { "=+-@\t\r".contains($0) } ?? false ? "'" + field : field
        return "\"" + safe.replacing("\"", with: "\"\"") + "\""
    }
}
