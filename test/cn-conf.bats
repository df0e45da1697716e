#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# cn-conf: files of the official connectors in test/fixtures/conf, each with the script and the warnings that are wanted in expected/.
# Then some of the scripts run, with endpoints, Kafka and API Gateway behind them.
bats_require_minimum_version 1.5.0
load helper

CONF=$ROOT/test/fixtures/conf

setup() { needs cn-conf; }

# --- what is printed

files() { find "$CONF" -maxdepth 1 -name '*.yml' -printf '%f\n' -o -maxdepth 1 -name '*.properties' -printf '%f\n' | sort; }
# The inbound connectors' files don't say where Kafka is.
brokers() { case $1 in inbound* | connector*) echo --brokers k1:9092 ;; esac; }

@test "each file gives the script and the warnings that are expected" {
	cd "$CONF"
	for file in $(files); do
		# shellcheck disable=SC2046
		cn-conf $(brokers "$file") "$file" >"$T/out" 2>"$T/err" || { cat "$T/err" && false; }
		diff -u "expected/$file.sh" "$T/out"
		diff -u "expected/$file.err" "$T/err"
		sh -n "$T/out"
	done
	[ "$(files | wc -l)" -ge 15 ]
}

@test "what is refused: line and reason on stderr, exit 78, nothing on stdout" {
	awk '/^== / { n++; sub(/^== /, ""); print >(n ".want"); close(n ".want"); next } n { print >(n ".file") }' "$CONF/bad.cases"
	for want in *.want; do
		read -r error <"$want"
		file=f.yml
		[[ $error != f.properties* ]] || file=f.properties
		cp "${want%.want}.file" $file
		run -78 --separate-stderr cn-conf $file
		[ "${stderr_lines[-1]}" = "cn-conf: $error" ] || { echo "want: cn-conf: $error" && echo "got:  $stderr" && false; }
		[ -z "$output" ]
	done
	[ "$(ls ./*.want | wc -l)" -ge 55 ]
}

@test "the scripts are clean in the eyes of shellcheck" {
	command -v shellcheck >/dev/null || skip "no shellcheck"
	# 2094: a FIFO may be read and written; 2016, 1003: quotes are meant
	run -0 shellcheck -s sh -e SC2094,SC2016,SC1003 "$CONF"/expected/*.sh
}

# Programs that only write down how they were called, each call in a file of its own; calls FILE makes JSON of them, a call a line.
stubs() {
	mkdir -p stub calls
	for name in cn-listen cn-decode cn-newest cn-route cn-bins cn-post cn-post-kinesis cn-kafka-sink cn-kafka-source cn-map as-put; do
		cat >stub/$name <<-END
			#!/bin/sh
			printf '%s\\0' $name "\$@" >"$T/calls/\$\$"
			case $name in cn-listen | cn-kafka-source) ;; *) exec cat ;; esac
		END
	done
	cat >stub/cn-fan <<-END
		#!/bin/sh
		for sink; do sh -c "\${sink#*=}" </dev/null; done
	END
	chmod +x stub/*
}

calls() {
	python3 -c 'import glob, json, os
for call in glob.glob("calls/*"):
    print(json.dumps(open(call).read().split("\0")[:-1]))
    os.unlink(call)' >"$1"
}

@test "every option of every script is known to its program; hostile names stay words, and nothing of them runs" {
	stubs
	cat >check.py <<-'END'
		# Each call: are its options known; and what needs no files is run, with nothing to read.
		import json, os, re, subprocess, sys
		help = {}
		for line in open(sys.argv[1]):
		    name, *words = json.loads(line)
		    program = os.path.join(os.environ["BIN"], name)
		    if not os.path.exists(program):
		        continue
		    if name not in help:
		        text = subprocess.run([program, "--help"], stdout=subprocess.PIPE, text=True).stdout
		        help[name] = set(re.findall(r"^ .*?(--[a-z][a-z0-9-]*)", text, re.M)) | set(re.findall(r"^  (-[A-Za-z]),", text, re.M))
		    for word in words:
		        if word.startswith("-") and word.split("=")[0] not in help[name]:
		            sys.exit(f"{name}: {word} is no option")
		    if name in ("cn-newest", "cn-route", "cn-bins", "cn-decode"):
		        run = subprocess.run([program] + words, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
		        if run.returncode != 0:
		            sys.exit(f"{words}: {run.stderr}")
	END
	for file in $(files); do
		(cd "$CONF" && PATH=$T/stub:$PATH timeout 20 sh "expected/$file.sh" >"$T/out" 2>"$T/err") || true
		calls all.$file
		[ "$(wc -l <all.$file)" -ge 3 ]
	done
	cat all.* >all
	python3 check.py all
	find "$CONF" "$T" -name '*pwned*' >found
	[ ! -s found ]
}

@test "hostile words arrive as they stand in the file" {
	stubs
	cp "$CONF/hostile.yml" .
	cn-conf hostile.yml 2>/dev/null >script
	PATH=$T/stub:$PATH timeout 20 sh script 2>/dev/null || true
	calls all
	jq -es 'map(select(.[0] == "cn-bins"))[0] | .[1:3] == ["--rename", "a'"'; touch pwned; '"'=`touch pwned`"]' all
	jq -es 'map(select(.[0] == "cn-bins"))[0] | index("--exclude=--for")' all
	jq -es 'map(select(.[0] == "cn-post-kinesis"))[0] | .[index("--stream") + 1] == "s'"'; touch pwned; '"'"' all
	jq -es 'map(select(.[0] == "cn-post"))[0] | .[-1] | startswith("http://127.0.0.1:9/$(touch${{IFS}}pwned)")' all
	[ ! -e pwned ]
}

@test "files of secrets: private, and gone at the end" {
	cp "$CONF/kinesis-guide.yml" .
	stubs
	cat >stub/cn-post-kinesis <<-'END'
		#!/bin/sh
		while [ $# -gt 1 ] && [ "$1" != --api-key-file ]; do shift; done
		stat -c '%a %n' "$2" "${2%/*}" >seen
		cat "$2" >>seen
	END
	PATH=$T/stub:$PATH TMPDIR=$T sh -c 'cn-conf kinesis-guide.yml | sh' 2>err
	grep -q '^600 ' seen
	grep -q '^700 ' seen
	grep -q '^SESAME$' seen
	[ -z "$(find "$T" -maxdepth 1 -name 'cn.*')" ]
}

@test "every key of the table is accepted, or refused with the reason that the table gives" {
	cat >try.py <<-'END'
		import json, os, subprocess, sys
		BASE = {
		    "esp": {"service": {"protocol": "HTTP_1_1", "port": 8901, "tls": {"port": 1, "cert-file": "c"}},
		            "destinations": {"hook": {"urls": ["https://x/"]}}, "routing": {"mode": "static", "destination": "hook"},
		            "format": {"mode": "json"}, "namespaces": {"n": {"sets": {"s": {}}}},
		            "record-ordering": {"enable": False}, "logging": {}},
		    "kafka": {"service": {"protocol": "HTTP_1_1", "port": 8901, "tls": {"port": 1, "cert-file": "c"}},
		              "producer-props": {"bootstrap.servers": "k"}, "routing": {"mode": "static", "destination": "hook"},
		              "format": {"mode": "json"}, "record-ordering": {"enable": False}, "logging": {}},
		    "inbound": {"aerospike": {"seeds": ["a"]}, "topics": {"t": {"invalid-record": "ignore"}}},
		}
		NAMES = {"destinations": "hook", "topics": "t", "namespaces": "n", "sets": "s"}
		tried = 0
		for kind, base in BASE.items():
		    table = subprocess.run(["cn-conf", "--keys", kind], stdout=subprocess.PIPE, text=True, check=True).stdout
		    for line in table.splitlines():
		        path, fate, ours, sample = line.split("\t")
		        config = json.loads(json.dumps(base))
		        at, last = config, ""
		        parts = path.split(".")
		        for part in parts[:-1]:
		            part = NAMES[last] if part == "*" else part
		            at = at.setdefault(part, {})
		            last = part
		        at[parts[-1]] = json.loads(sample) if sample != "-" else {}
		        with open("k.yml", "w") as f:
		            json.dump(config, f)
		        run = subprocess.run(["cn-conf", "--kind", kind, "k.yml"], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
		        tried += 1
		        good = run.returncode == 78 and ours in run.stderr if fate == "refused" else run.returncode == 0 and run.stdout
		        if fate == "left out":
		            good = good and "left out: " + ours in run.stderr
		        if not good:
		            sys.exit(f"{kind} {path} ({fate}): {run.returncode} {run.stderr}")
		print(tried)
	END
	run -0 python3 try.py
	[ "${lines[-1]}" -ge 150 ]
}

@test "the table in cn-pipelines(7) is the program's own" {
	for kind in esp kafka inbound; do
		cn-conf --keys $kind | awk -F '\t' '$2 == "used" { print $1 "\t" $3 }'
	done | sort -u >ours
	sed -n 's/^\.It Li \(.*\) Ta \(.*\)$/\1\t\2/p' "$ROOT/man/man7/cn-pipelines.7" | grep -P '^[a-z0-9.*-]+\t' >page.all
	sed 's/\\&//g; s/ No \?/ /g' page.all | sort -u >page
	diff ours page
}

@test "kinds: by what is in it, by name, by option; JSON; standard input" {
	run -0 --separate-stderr bash -c 'cn-conf - <"$1/kafka-set.yml"' - "$CONF"
	[[ $output == *"cn-kafka-sink"* && $output == "# The pipeline of standard input, by cn-conf."* ]]
	echo '{"producer-props":{"bootstrap.servers":["k1:9092"]},"routing":{"destination":"t"},"format":{"mode":"json"}}' >a.json
	run -0 --separate-stderr cn-conf a.json
	[[ $output == *"cn-kafka-sink --topic t"* ]]
	run -78 --separate-stderr cn-conf --kind esp a.json
	[[ $stderr == *"unknown key producer-props"* ]]
	run -78 --separate-stderr bash -c 'cn-conf - <"$1/inbound.yml"' - "$CONF"
	[[ $stderr == *"it must have a name"* ]]
	run -78 cn-conf no/such/file
	[[ $output == "cn-conf: no/such/file: No such file or directory" ]]
	run -64 cn-conf
	run -64 cn-conf a b
	run -64 cn-conf --kind jms a.json
	run -74 bash -c 'cn-conf "$1/kafka-set.yml" >/dev/full 2>/dev/null' - "$CONF"
}

@test "--port, --dead-letter, --health-path, --group" {
	run -0 --separate-stderr cn-conf --port 8902 --dead-letter 'dead letters' "$CONF/kafka-ports.yml"
	[ "$(grep -c cn-listen <<<"$output")" = 1 ]
	[[ $output == *"cn-listen --listen 0.0.0.0:8902 --manage-port 0.0.0.0:8904 --dead-letter 'dead letters' <"* ]]
	[[ $stderr != *"comes again for ever"* ]]
	run -78 --separate-stderr cn-conf --port 8909 "$CONF/kafka-ports.yml"
	run -0 --separate-stderr cn-conf --health-path /up "$CONF/esp-chart.yml"
	[[ $output == *"--health-check /up "* ]]
	run -0 --separate-stderr cn-conf --group mine --dead-letter kafka:dead --brokers a:1,b:2 "$CONF/inbound.yml"
	[[ $output == *"cn-kafka-source --brokers a:1,b:2 --group mine --topic orders,people.v1 --window 10000 --dead-letter kafka:dead <"* ]]
	run -78 --separate-stderr cn-conf --ring "$CONF/kafka-ports.yml"
	[[ $stderr == *"--port says which"* ]]
	run -0 --separate-stderr cn-conf --ring --port 8903 "$CONF/kafka-ports.yml"
	sh -n <<<"$output"
}

# --- what is run

# Writes down what it gets, a JSON object a request, and answers 200: endpoint NAME, sets ENDPOINT
endpoint() {
	cat >endpoint.py <<-'END'
		import http.server, json, sys
		class Handler(http.server.BaseHTTPRequestHandler):
		    protocol_version = "HTTP/1.1"
		    def do_POST(self):
		        body = self.rfile.read(int(self.headers["Content-Length"])).decode()
		        with open(sys.argv[1], "a") as f:
		            f.write(json.dumps({"path": self.path, "headers": {k.lower(): v for k, v in self.headers.items()}, "body": body}) + "\n")
		        self.send_response(200)
		        self.send_header("Content-Length", "0")
		        self.end_headers()
		    def log_message(self, *args):
		        pass
		server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
		print(server.server_address[1], flush=True)
		server.serve_forever()
	END
	: >"$1"
	start_bg python3 endpoint.py "$1" >"$1.port" 2>"$1.err" </dev/null
	wait_for_line "$1.port" '^[0-9]'
	ENDPOINT=http://127.0.0.1:$(cat "$1.port")
}

# conf_run FILE: its pipeline, as cn-conf FILE | sh
conf_run() {
	start_bg env TMPDIR="$T" sh -c 'cn-conf "$@" | exec sh' - "$@" >run.out 2>run.err </dev/null
	wait_port "$PORT" || { cat run.err && false; }
}
conf_stop() { # the shell that has the script
	local pid
	pid=$(pgrep -P "$PID" -x sh | head -n 1)
	kill -TERM "${pid:-$PID}"
	wait_exit "$PID" 15
}

record() { echo "{\"metadata\":{\"namespace\":\"${4:-shop}\",\"set\":\"$1\",\"userKey\":\"$2\",\"digest\":\"7GuNIoca3f0yU8bTUgVi0W+Xfpc=\",\"msg\":\"write\"},\"qty\":${3:-1},\"Secret\":2}"; }
answers_200() { post_json "http://127.0.0.1:$PORT/" "$1" && [ "$code" -eq 200 ]; }

@test "ESP to an HTTP endpoint: headers, secrets, bins, sets; SIGTERM drains and leaves nothing" {
	needs cn-listen cn-decode cn-route cn-bins cn-post
	endpoint got
	PORT=$(free_port)
	cat >esp.yml <<-END
		service: { port: $PORT, address: 127.0.0.1, protocol: HTTP_1_1 }
		destinations:
		  hook:
		    urls: [ "$ENDPOINT/in" ]
		    protocol: HTTP_1_1
		    headers: { send-digest-headers: true, additional-headers: { X-Api-Key: "it's {secret}", X-Other: "y" } }
		routing: { mode: static, destination: hook }
		format: { mode: json }
		bin-transforms: { transforms: [ lowercase ] }
		namespaces:
		  shop:
		    sets:
		      orders: { format: { mode: flat-json, metadata-key: meta }, bin-transforms: { exclude: { bins: [ Secret ] } } }
		      scratch: { routing: { mode: skip } }
	END
	conf_run esp.yml
	answers_200 "$(record orders o-1 7)"
	answers_200 "$(record people p-1 8)"
	answers_200 "$(record scratch s-1 9)"
	[ "$(wc -l <got)" = 2 ]
	[ "$(jq -rs '.[0] | [.path, .headers["x-api-key"], .headers["x-other"], .headers["aerospike-digest"]] | join(" ")' got)" = "/in it's {secret} y 7GuNIoca3f0yU8bTUgVi0W+Xfpc=" ]
	[ "$(jq -rs '.[0].body | fromjson | [.meta.userKey, .qty, .Secret] | @json' got)" = '["o-1",7,null]' ]
	[ "$(jq -rs '.[1].body | fromjson | [.key[3], (.bins | map(.name))] | @json' got)" = '["p-1",["qty","secret"]]' ]
	! grep -l -z "it's" /proc/[0-9]*/cmdline 2>/dev/null | xargs -r grep -lz cn-post
	conf_stop
	[ "$status" -eq 0 ]
	[ -z "$(find "$T" -maxdepth 1 -name 'cn.*')" ]
	[ ! -s run.out ]
}

@test "a stage that dies ends it with 75; a signal at the very start is heeded" {
	needs cn-listen cn-decode cn-post
	endpoint got
	PORT=$(free_port)
	cat >esp.yml <<-END
		service: { port: $PORT, address: 127.0.0.1, protocol: HTTP_1_1 }
		destinations: { hook: { urls: [ "$ENDPOINT/in" ], protocol: HTTP_1_1 } }
		routing: { mode: static, destination: hook }
		format: { mode: json }
	END
	conf_run esp.yml
	answers_200 "$(record orders o-1 7)"
	kill -KILL "$(pgrep -f "^cn-post .*$ENDPOINT")"
	wait_exit "$PID"
	[ "$status" -eq 75 ]
	cn-conf esp.yml >script 2>/dev/null
	for delay in 0 0.01 0.02 0.05; do
		start_bg env TMPDIR="$T" sh script >run.out 2>run.err </dev/null
		sleep $delay
		kill -INT "$PID"
		kill -TERM "$PID"
		wait_exit "$PID"
	done
	[ -z "$(find "$T" -maxdepth 1 -name 'cn.*' -exec ls {} +)" ]
}

@test "two destinations get each record once, each in its way; a set goes to one" {
	needs cn-listen cn-decode cn-route cn-post cn-fan
	endpoint one
	first=$ENDPOINT
	endpoint two
	PORT=$(free_port)
	cat >esp.yml <<-END
		service: { port: $PORT, address: 127.0.0.1, protocol: HTTP_1_1 }
		destinations:
		  one: { urls: [ "$first/1" ], protocol: HTTP_1_1, headers: { additional-headers: { X-Token: "a" } } }
		  "the other": { urls: [ "$ENDPOINT/2" ], protocol: HTTP_1_1, headers: { additional-headers: { X-Token: "b" } } }
		routing: { mode: static-multi-destination, destinations: [ one, the other ] }
		format: { mode: json }
		namespaces: { shop: { sets: { orders: { routing: { destination: the other } } } } }
	END
	conf_run esp.yml
	answers_200 "$(record people p-1)"
	answers_200 "$(record orders o-1)"
	[ "$(jq -r '[.path, .headers["x-token"], (.body | fromjson | .key[3])] | join(" ")' one)" = "/1 a p-1" ]
	[ "$(jq -r '[.path, .headers["x-token"], (.body | fromjson | .key[3])] | join(" ")' two | sort)" = $'/2 b o-1\n/2 b p-1' ]
	conf_stop
	[ "$status" -eq 0 ]
}

@test "Kafka: topics per set and namespace, keys and formats as the connector's" {
	needs cn-listen cn-decode cn-newest cn-route cn-bins cn-kafka-sink kafka-local
	kafka_local_start
	PORT=$(free_port)
	sed "s/8080/$PORT/; s/k1:9092/$BROKER/; s/protocol:/address: 127.0.0.1, protocol:/" "$CONF/kafka-overrides.yml" >kafka.yml
	conf_run --dead-letter dead kafka.yml
	answers_200 "$(record orders o-1)"
	answers_200 "$(record others x-1)"
	answers_200 "$(record other x-2 1 test)"
	answers_200 '{"metadata":{"namespace":"shop","digest":"7GuNIoca3f0yU8bTUgVi0W+Xfpc=","msg":"delete"}}'
	answers_200 '{"metadata":{"namespace":"shop","set":"people","digest":"7GuNIoca3f0yU8bTUgVi0W+Xfpc=","msg":"write"},"region":"eu","name":"A"}'
	answers_200 '{"metadata":{"namespace":"test","digest":"7GuNIoca3f0yU8bTUgVi0W+Xfpc=","msg":"write"},"a":1}'
	[ "$(kafka_read orders '%k %s\n' | jq -sc '.[0].userKey, .[1].metadata.userKey')" = $'"o-1"\n"o-1"' ]
	[ "$(kafka_read others '%k\n' | jq -r '.[3]')" = x-1 ]
	[ "$(kafka_read other '%s\n' | jq -r '.key[3]')" = x-2 ]
	[ "$(kafka_read shop-other '%s\n' | jq -r .msg)" = delete ]
	[ "$(kafka_read eu '%s\n' | jq -c '.bins | map(.name)')" = '["name"]' ]
	conf_stop
	[ "$status" -eq 0 ]
}

@test "a ring for each port, with its own configuration" {
	needs cn-listen cn-decode cn-kafka-sink kafka-local
	kafka_local_start
	PORT=$(free_port)
	other=$(free_port)
	cat >kafka.yml <<-END
		service: { port: [ $other, $PORT ], address: 127.0.0.1, protocol: HTTP_1_1 }
		producer-props: { bootstrap.servers: "$BROKER" }
		format: { mode: json }
		routing: { mode: static, destination: rest }
		port-based-config: { $other: { routing: { mode: static, destination: special } } }
	END
	conf_run kafka.yml
	wait_port "$other"
	answers_200 "$(record a a-1)"
	PORT=$other answers_200 "$(record a a-2)"
	[ "$(kafka_read rest | jq -r '.key[3]')" = a-1 ]
	[ "$(kafka_read special | jq -r '.key[3]')" = a-2 ]
	conf_stop
	[ "$status" -eq 0 ]
}

@test "the guide to Kinesis, with only URL, key and ports changed" {
	needs cn-listen cn-decode cn-post-kinesis
	"$ROOT/test/kinesis/kinesis-real" get || skip_or_fail "needs kinesalite from npm"
	start_bg "$ROOT/test/kinesis/kinesis-real" run >kinesis.port 2>kinesis.err </dev/null
	wait_for_line kinesis.port '^[0-9]+$'
	KINESIS=http://127.0.0.1:$(cat kinesis.port)
	export AWS_REGION=us-east-1
	start_bg "$ROOT/test/kinesis/kinesis-real" gateway --kinesis "$KINESIS" --log gateway.log --rules none --key "it's open" >gateway.port 2>gateway.err </dev/null
	wait_for_line gateway.port '^[0-9]+$'
	GATEWAY=http://127.0.0.1:$(cat gateway.port)/prod/kinesis
	api() { curl -sS -m 10 "$KINESIS/" -H 'Content-Type: application/x-amz-json-1.1' -H "X-Amz-Target: Kinesis_20131202.$1" \
		--aws-sigv4 aws:amz:us-east-1:kinesis --user a:b -d "$2"; }
	stream_is_active() { [ "$(api DescribeStream '{"StreamName":"my_kinesis_stream"}' | jq -r .StreamDescription.StreamStatus)" = ACTIVE ]; }
	api CreateStream '{"StreamName":"my_kinesis_stream","ShardCount":1}'
	wait_for stream_is_active
	PORT=$(free_port)
	manage=$(free_port)
	sed "s|https://abc123.*|$GATEWAY|; s/SESAME/it's open/; s/8901/$PORT/; s/8902/$manage/" "$CONF/kinesis-guide.yml" >guide.yml
	diff <(grep -v 'http\|api-key\|port:' guide.yml) <(grep -v 'http\|api-key\|port:' "$CONF/kinesis-guide.yml")
	conf_run guide.yml
	wait_port "$manage"
	# The guide's own call, at the gateway; then a record as XDR ships it, at the connector's port.
	post_json "$GATEWAY" '{"msg":"by hand"}' -H 'streamname: my_kinesis_stream' -H 'aerospike-digest: abc=' -H "x-api-key: it's open"
	[ "$code" = 200 ]
	post_wire "http://127.0.0.1:$PORT/" "$WIRE_WRITE"
	[ "$code" = 200 ]
	AWS_ACCESS_KEY_ID=a AWS_SECRET_ACCESS_KEY=b "$ROOT/pipelines/kinesis-tail" -e "$KINESIS" my_kinesis_stream >tail
	[ "$(jq -rs 'map(.key) | join(" ")' tail)" = "abc= 7GuNIoca3f0yU8bTUgVi0W+Xfpc=" ]
	[ "$(jq -rs '.[1].data | fromjson | .key | @json' tail)" = '["shop","orders","7GuNIoca3f0yU8bTUgVi0W+Xfpc=","o-17"]' ]
	get "http://127.0.0.1:$manage/metrics"
	[[ $body == *aerospike_esp_outbound_requests* ]]
	conf_stop
	[ "$status" -eq 0 ]
}
