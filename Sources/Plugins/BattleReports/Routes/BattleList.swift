import EVE
import Foundation
import KernelAPI

/// What `GET /battles` takes.
struct BattleListInput: RouteInput {
    let spaceTypes: [SpaceType]
    let systemID: Int64?
    let startsAfter: Date?
    let startsBefore: Date?
    let limit: Int
    let cursor: String?

    init(_ parameters: inout ParameterReader) {
        spaceTypes = parameters.choices("space_type")
        systemID = parameters.id("system_id")
        startsAfter = parameters.time("start_time_after")
        startsBefore = parameters.time("start_time_before")
        limit = parameters.integer("limit", default: 20, in: 1...100)
        cursor = parameters.text("cursor", maximumLength: 1024)
        if let startsAfter, let startsBefore, startsAfter > startsBefore {
            parameters.fail("query/start_time_after", "start_time_after must not be later than start_time_before")
        }
    }

    /// The filters as text: a cursor is good for the same filters only.
    var scope: String {
        let range = "\(startsAfter?.iso8601 ?? "")|\(startsBefore?.iso8601 ?? "")"
        return "battles|\(spaceTypes.map(\.rawValue).sorted())|\(systemID ?? 0)|\(range)"
    }
}

/// A place in the list of battles, newest first.
struct BattlePosition {
    let startTime: Date
    let id: UUID

    init(startTime: Date, id: UUID) {
        self.startTime = startTime
        self.id = id
    }

    /// Microseconds and id, as a cursor carries them.
    init?(_ text: String) {
        let parts = text.split(separator: " ")
        guard parts.count == 2, let microseconds = Int64(parts[0]), let id = UUID(uuidString: String(parts[1])) else {
            return nil
        }
        self.init(startTime: Date(timeIntervalSince1970: Double(microseconds) / 1_000_000), id: id)
    }

    var text: String { "\(Int64((startTime.timeIntervalSince1970 * 1_000_000).rounded())) \(id.uuidString)" }
}

extension BattleListInput {
    /// The query for this page, newest first, one row more than a page holds.
    func query(after position: BattlePosition?) -> BoundStatement {
        var conditions: [StaticString] = []
        var bindings = Bindings()
        bindings.append(limit + 1)
        func add(_ condition: StaticString, _ bind: (inout Bindings) -> Void) {
            conditions.append(condition)
            bind(&bindings)
        }
        // Every filter has its own parameters, in this order, whether it is used or not.
        add(
            spaceTypes.isEmpty
                ? "AND ($2::text[] IS NOT NULL)" : "AND b.space_type = ANY ($2::text[]::battle_reports.space_type[])"
        ) {
            $0.append(spaceTypes.map(\.rawValue))
        }
        add(systemID == nil ? "AND ($3::bigint IS NULL)" : "AND b.system_id = $3::bigint") { $0.append(systemID) }
        add(startsAfter == nil ? "AND ($4::timestamptz IS NULL)" : "AND b.start_time >= $4::timestamptz") {
            $0.append(startsAfter)
        }
        add(startsBefore == nil ? "AND ($5::timestamptz IS NULL)" : "AND b.start_time <= $5::timestamptz") {
            $0.append(startsBefore)
        }
        add(
            position == nil
                ? "AND ($6::timestamptz IS NULL AND $7::uuid IS NULL)"
                : "AND (b.start_time, b.id) < ($6::timestamptz, $7::uuid)"
        ) {
            $0.append(position?.startTime)
            $0.append(position?.id)
        }
        let fragments = [BattleItem.select] + conditions + ["ORDER BY b.start_time DESC, b.id DESC LIMIT $1"]
        return BoundStatement(Statement("battle_reports.list_battles", fragments: fragments), bindings: bindings)
    }
}
