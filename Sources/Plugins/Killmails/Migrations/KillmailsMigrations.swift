import KernelAPI

/// The schema `killmails`, step by step; see `README.md` for what each table is for.
enum KillmailsMigrations {
    static let all = [m0001, m0002, m0003, m0004, m0005]
}
