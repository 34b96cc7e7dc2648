import Foundation
import KernelAPI

/// `/admin/stats/ingest` and `/admin/config/ingest`: how ingest does, and what it takes.
struct IngestRoutes {
    let database: any Database
    let clock: any WallClock
    let features: any FeatureAdministration

    var routes: [Route] {
        [
            .get("/admin/stats/ingest", "What came in the last day, and how far the feeds were read", policy: .superadmin) {
                (_: NoInput, _) in try await IngestStats.load(now: clock.now, in: database)
            },
            .get("/admin/config/ingest", "What ingest takes in", policy: .superadmin) { (_: NoInput, _) in
                try IngestConfig(try await features.features().first { $0.plugin == KillmailsPlugin.name })
            },
            // The switchboard judges, stores, audits and tells every pod, as for any setting.
            .put("/admin/config/ingest", "Set what ingest takes in", policy: .superadmin, problems: [.notFound, .conflict]) {
                (_: NoInput, body: IngestConfigBody, request) in
                try IngestConfig(
                    try await features.change(
                        KillmailsPlugin.name, body.change, by: request.account, actor: request.actor))
            },
        ]
    }
}

/// The settings of ingest, and where their values come from.
struct IngestConfig: JSONRepresentable {
    let retentionMonths: Int
    let origin: String

    init(_ status: FeatureStatus?) throws {
        guard let setting = status?.settings.first(where: { $0.key == KillmailsSettings.retentionMonths }),
            let months = Int(setting.value)
        else { throw Problem.notFound("This installation has no ingest.") }
        retentionMonths = months
        origin = setting.origin
    }

    static let json = JSONForm<IngestConfig>("IngestConfig") { form in
        form.integer("retentionMonths", "Killmails that happened longer ago are refused") { $0.retentionMonths }
        form.text("origin", "Where that comes from: default, a manifest, a variable, the admin console") { $0.origin }
    }
}

/// `{"retentionMonths": 24}`; `null` goes back to what the installation says.
struct IngestConfigBody: RouteBody {
    let change: FeatureChange

    init(_ body: inout BodyReader) {
        let months = body.nullableInteger("retentionMonths", in: KillmailsSettings.retentionRange)
        change = FeatureChange(settings: [KillmailsSettings.retentionMonths: months.map { String($0) }])
    }
}
