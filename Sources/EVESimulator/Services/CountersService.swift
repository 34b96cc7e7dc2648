/// What the simulator counted, for tests in other processes: `GET /counters`. Asking counts as nothing.
struct CountersService: SimulatedService {
    let counters: @Sendable () -> SimulatorCounters

    func reply(to request: SimulatedRequest) -> Reply {
        let counters = counters()
        let (r2z2, esi, sso) = (counters.r2z2, counters.esi, counters.sso)
        let silence = r2z2.minimumSecondsAfter404.map { JSONValue.number("\($0)") } ?? .null
        return .json([
            "publishedKills": .int(Int64(counters.publishedKills)), "head": .int(counters.head),
            "r2z2": [
                "requests": .int(Int64(r2z2.requests)), "notFound": .int(Int64(r2z2.notFound)),
                "maximumInOneSecond": .int(Int64(r2z2.maximumInOneSecond)), "minimumSecondsAfter404": silence,
                "violations": .int(Int64(r2z2.violations)), "whileBanned": .int(Int64(r2z2.whileBanned)),
            ],
            "esi": [
                "requests": .int(Int64(esi.requests)), "errors": .int(Int64(esi.errors)),
                "violations": .int(Int64(esi.violations)),
            ],
            "sso": [
                "logins": .int(Int64(sso.logins)), "exchanges": .int(Int64(sso.exchanges)),
                "refreshes": .int(Int64(sso.refreshes)), "refused": .int(Int64(sso.refused)),
                "discoveries": .int(Int64(sso.discoveries)), "keyFetches": .int(Int64(sso.keyFetches)),
                "revocations": .int(Int64(sso.revocations)), "verifications": .int(Int64(sso.verifications)),
            ],
        ])
    }
}
