// Generated from plugins.d by scripts/generate-registry. Do not edit: change the manifests and run it again.

import Admin
import BattleReports
import KernelAPI
import Killmails

/// Every plugin that is linked into this program, in the order of the manifests. What runs is decided by the manifests.
let pluginRegistry: [any Plugin.Type] = [
    KillmailsPlugin.self,
    BattleReportsPlugin.self,
    AdminPlugin.self,
]
