internal import Synchronization

/// How the wire and the machines behind it fail. What is refused here has changed nothing, so that asking again is right.
extension SSOService {
    enum Sickness {
        case none, slow(seconds: Double)
        case refused(Reply)

        func applied(to reply: Reply) -> Reply {
            guard case .slow(let seconds) = self else { return reply }
            var reply = reply
            reply.delivery = .trickled(seconds: seconds)
            return reply
        }
    }

    /// The faults of a code or refresh token; they heal one after another.
    func sickness(_ ticket: Grants.Ticket?) -> Sickness {
        guard let ticket else { return .none }
        let plan = feed.plan
        var healed = 0
        func draw(_ fault: Fault) -> SimulatorRandom? {
            plan.hits(fault, ticket.number, seed: seed) ? FaultPlan.random(fault, ticket.number, seed: seed) : nil
        }
        if var random = draw(.ssoServerError) {
            healed += random.int(1...2)
            if ticket.attempts <= healed { return .refused(Self.serverError(&random)) }
        }
        if draw(.ssoHTML) != nil {
            healed += 1
            if ticket.attempts <= healed { return .refused(.page("Just a moment...", status: 200)) }
        }
        return draw(.ssoSlow) != nil && ticket.attempts <= healed + 1 ? .slow(seconds: 5 * scale) : .none
    }

    /// Keys and metadata; never two failures in a row.
    func fetched(
        _ counter: WritableKeyPath<SimulatorCounters.SSO, Int>, _ answer: () throws -> Reply
    ) rethrows -> Reply {
        let plan = feed.plan
        let failure = state.withLock { state -> Reply? in
            state.counters[keyPath: counter] += 1
            state.fetches += 1
            guard !state.lastFetchWasSick else {
                state.lastFetchWasSick = false
                return nil
            }
            state.lastFetchWasSick = true
            if plan.hits(.ssoServerError, state.fetches, seed: seed) {
                var random = FaultPlan.random(.ssoServerError, state.fetches, seed: seed)
                return Self.serverError(&random)
            }
            if plan.hits(.ssoHTML, state.fetches, seed: seed) { return .page("Just a moment...", status: 200) }
            state.lastFetchWasSick = false
            return nil
        }
        return try failure ?? answer()
    }

    private static func serverError(_ random: inout SimulatorRandom) -> Reply {
        let status = random.pick([500, 502, 503, 504])
        return .page("\(status) Server Error", status: status)
    }
}
