import KernelAPI

extension KillmailsMigrations {
    static let m0006 = Migration(
        "m0006_static_data_contract",
        """
        -- One row; 0 before the first import. A higher number tells that kinds of space and names may have come.
        CREATE VIEW contract.static_data AS
        SELECT coalesce(max(id), 0)::bigint AS version FROM killmails.static_data_import;
        """)
}
