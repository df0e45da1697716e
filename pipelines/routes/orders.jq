# SPDX-License-Identifier: Apache-2.0
# Orders of a shop: large ones go to a topic of their own, keyed by customer so that a customer's orders stay in order; what is no
# order goes to a topic per set; deletes of old servers tell no set and go to "deletes".
include "cn";

if is_delete and set_name == null then kafka("deletes"; digest)
elif set_name == "orders" and (bin("qty") // 0) >= 100 then kafka("orders-large"; bin("customer") // key_of)
else by_set("other") | with_headers({ source: "aerospike" })
end
