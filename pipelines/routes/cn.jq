# SPDX-License-Identifier: Apache-2.0
# Helpers for routes: put `include "cn";` first in a program for cn-route(1).
# A route gets the record line and puts out its `to` object; null, false or nothing drops the record. All names here work on the
# record as it came in (`.`), unless they say otherwise.

# --- destinations

# kafka("orders"), kafka("orders"; "key"): a Kafka topic; without a key the sink takes what its --key says.
def kafka($topic): { kafka: { topic: $topic } };
def kafka($topic; $key): { kafka: { topic: $topic, key: $key } };
# kinesis("stream"), http("destination")
def kinesis($stream): { kinesis: { stream: $stream } };
def http($destination): { http: { destination: $destination } };
# skip: drop the record.
def skip: null;

# On a destination: kafka("orders") | with_headers({source: "shop"}) | with_format("msgpack")
def with_key($key): . * { kafka: { key: $key } };
def with_headers($headers): . * { kafka: { headers: $headers } };
def with_format($format): . * { kafka: { format: $format } };
def with_partition($partition): . * { kafka: { partition: $partition } };
# kafka("orders") + kinesis("orders"): to both.

# --- what a record is

def namespace: .metadata.namespace;
def set_name: .metadata.set;
def digest: .metadata.digest;
def is_delete: .metadata.msg == "delete";
def is_write: .metadata.msg == "write";
# bin("qty"): its value, null when there is none.
def bin($name): .bins[$name];
def has_bin($name): .bins != null and (.bins | has($name));
# The user key as text, else the digest: a delete from a server before 5.0 has nothing but that.
def key_of: .metadata.userKey as $key | if $key == null then .metadata.digest elif ($key | type) == "string" then $key else $key | tojson end;

# --- names

# "My orders" | topic_name -> "My_orders": whatever Kafka does not take in a topic's name becomes _.
def topic_name: tostring | gsub("[^A-Za-z0-9._-]"; "_") | .[0:249];

# --- whole routes

# by_set, by_set("other"): the topic is the set; records without one go to "other", or are an error.
def by_set($default): kafka(.metadata.set // $default);
def by_set: if .metadata.set == null then error("the record has no set") else kafka(.metadata.set) end;
def by_namespace: kafka(.metadata.namespace);
# by_bin("kind"; "other"): the topic is what the bin holds, made fit by topic_name.
def by_bin($name; $default): bin($name) as $value | kafka(if $value == null then $default else $value | topic_name end);
# by_table({orders: "shop-orders", people: "crm"}; "other"): the topic by set from a table; a default of null drops the rest.
def by_table($table; $default): ($table[.metadata.set // ""] // $default) as $topic | if $topic == null then null else kafka($topic) end;

# --- filters: give the record on, or nothing

# only_sets(["orders", "people"]) | by_set
def only_sets($sets): select(.metadata.set as $set | any($sets[]; . == $set));
def without_sets($sets): select(.metadata.set as $set | all($sets[]; . != $set));
def only_namespaces($namespaces): select(.metadata.namespace as $ns | any($namespaces[]; . == $ns));
def only_writes: select(is_write);
def only_deletes: select(is_delete);
