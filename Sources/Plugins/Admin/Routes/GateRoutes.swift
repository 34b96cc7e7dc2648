import KernelAPI

/// `/admin/auth-config`: which corporations and alliances may log in.
struct GateRoutes {
    let gate: any OrganisationGateAdministration

    var routes: [Route] {
        [
            .get("/admin/auth-config", "Who may log in at all", policy: .superadmin) { (_: NoInput, _) in
                GateItem(gate: try await gate.gate())
            },
            .put("/admin/auth-config", "Set who may log in at all", policy: .superadmin, problems: [.conflict]) {
                (_: NoInput, body: GateBody, request) in
                GateItem(gate: try await gate.setGate(body.gate, by: request.account, actor: request.actor))
            },
            .post(
                "/admin/auth-config/check", "Whether a character could log in", policy: .superadmin,
                problems: [.notFound, .serviceUnavailable]
            ) { (_: NoInput, body: GateCheckBody, _) in
                VerdictItem(verdict: try await gate.check(eveCharacterID: body.eveCharacterID))
            },
        ]
    }
}

/// The organisation gate as it is set; ids as strings.
struct GateItem: JSONRepresentable {
    let gate: OrganisationGate

    static let json = JSONForm<GateItem>("AuthConfig") { form in
        form.boolean("requiresMembership") { $0.gate.requiresMembership }
        form.ids("allowedCorpIds") { $0.gate.allowedCorporationIDs.sorted() }
        form.ids("allowedAllianceIds") { $0.gate.allowedAllianceIDs.sorted() }
        form.ids("deniedCorpIds") { $0.gate.deniedCorporationIDs.sorted() }
        form.ids("deniedAllianceIds") { $0.gate.deniedAllianceIDs.sorted() }
    }
}

struct GateBody: RouteBody {
    let gate: OrganisationGate
    private static let limit = 1_000

    init(_ body: inout BodyReader) {
        gate = OrganisationGate(
            requiresMembership: body.boolean("requiresMembership"),
            allowedCorporationIDs: Set(body.ids("allowedCorpIds", atMost: Self.limit)),
            allowedAllianceIDs: Set(body.ids("allowedAllianceIds", atMost: Self.limit)),
            deniedCorporationIDs: Set(body.ids("deniedCorpIds", atMost: Self.limit)),
            deniedAllianceIDs: Set(body.ids("deniedAllianceIds", atMost: Self.limit)))
        if gate.requiresMembership && gate.allowedCorporationIDs.isEmpty && gate.allowedAllianceIDs.isEmpty {
            body.fail("requiresMembership", "needs an allowed corporation or alliance, or nobody could log in any more")
        }
    }
}

struct GateCheckBody: RouteBody {
    let eveCharacterID: Int64
    init(_ body: inout BodyReader) { eveCharacterID = body.id("eveCharacterId") }
}

/// What the gate says, and which of its rules said it.
struct VerdictItem: JSONRepresentable {
    let verdict: OrganisationGate.Verdict

    static let json = JSONForm<VerdictItem>("AuthConfigVerdict") { form in
        form.boolean("allowed") { $0.verdict.isAllowed }
        form.choice("reason") { $0.verdict }
    }
}
