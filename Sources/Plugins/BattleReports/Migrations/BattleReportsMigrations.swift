import KernelAPI

/// The schema `battle_reports`, step by step; see `README.md` for what each table is for.
enum BattleReportsMigrations {
    static let all = [m0001, m0002, m0003]
}
