# SPDX-License-Identifier: Apache-2.0
# A table from set to topic; sets that are not in it are dropped. Give it with --argjson topics '{"orders": "shop-orders"}'.
include "cn";

by_table($topics; null)
