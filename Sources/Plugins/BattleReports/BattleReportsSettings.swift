public import KernelAPI

/// The plugin's settings.
public struct BattleReportsSettings: PluginConfiguration {
    /// How kills are joined into battles.
    public let linkRule: LinkRule
    /// What the active ruleset says when it leaves this open: fewer distinct pilots on a mail keep it out.
    public let minPilots: Int

    /// The names of ``LinkRule``.
    private enum RuleName: String, CaseIterable {
        case standard = "default"
        case specification
    }

    public init(_ settings: inout SettingsReader) {
        let rule = settings.choice("link_rule", default: RuleName.standard, help: "How kills are joined into battles")
        let window = settings.integer(
            "window_minutes", default: 30, in: 5...180, environment: "WINDOW_MINUTES",
            help: "How long shared participants can bridge a gap: parties twice this, pilots four times")
        let gap = settings.integer(
            "gap_max_minutes", default: 15, in: 1...60, environment: "GAP_MAX",
            help: "The specification's gap between two kills; under the default rule, between scuttled hulls")
        let minKills = settings.integer(
            "min_kills", default: 2, in: 1...100, environment: "MIN_KILLS", help: "The fewest kills that make a battle")
        minPilots = settings.integer(
            "min_pilots", default: 1, in: 0...1000, environment: "MIN_PILOTS", help: "The fewest pilots on a killmail that counts"
        )
        linkRule =
            switch rule {
            case .standard:
                .bounded(LinkBounds(windowMinutes: Int64(window), gapMaxMinutes: Int64(gap), minKills: minKills))
            case .specification: .specification(gapMax: Int64(gap) * 60, minKills: minKills)
            }
    }
}
