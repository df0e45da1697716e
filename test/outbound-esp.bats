#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# pipelines/outbound-esp: a connector's file under the supervisor.
bats_require_minimum_version 1.5.0
load helper

# An endpoint that keeps the bodies in the file got, a line each, with the header x-token before it.
endpoint() {
	cat >endpoint.py <<-'END'
		import http.server, sys
		class Handler(http.server.BaseHTTPRequestHandler):
		    protocol_version = "HTTP/1.1"
		    def do_POST(self):
		        body = self.rfile.read(int(self.headers["Content-Length"])).decode()
		        with open("got", "a") as f:
		            f.write(str(self.headers["x-token"]) + " " + body + "\n")
		        self.send_response(200)
		        self.send_header("Content-Length", "0")
		        self.end_headers()
		    def log_message(self, *args):
		        pass
		server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
		print(server.server_address[1], flush=True)
		server.serve_forever()
	END
	: >got
	start_bg python3 endpoint.py >endpoint.port 2>endpoint.err </dev/null
	wait_for_line endpoint.port '^[0-9]'
	ENDPOINT=http://127.0.0.1:$(cat endpoint.port)
}

config() { # TOKEN FORMAT
	cat >esp.yml.new <<-END
		service: { port: $PORT, address: 127.0.0.1, protocol: HTTP_1_1 }
		destinations:
		  hook: { urls: [ "$ENDPOINT/in" ], protocol: HTTP_1_1, headers: { additional-headers: { X-Token: "$1" } } }
		routing: { mode: static, destination: hook }
		format: { mode: $2 }
	END
	mv esp.yml.new esp.yml
}

up() {
	start_bg env TMPDIR="$T" PAUSES=0.1 "$ROOT/pipelines/outbound-esp" esp.yml --dead-letter dead </dev/null >out 2>log
	keeper=$PID
	wait_port "$PORT" || { cat log && false; }
}
pid_of() { cat "$T"/ring.*/"$1.pid"; }
record() { echo "{\"metadata\":{\"namespace\":\"shop\",\"set\":\"orders\",\"userKey\":\"$1\",\"digest\":\"7GuNIoca3f0yU8bTUgVi0W+Xfpc=\",\"msg\":\"write\"},\"qty\":1}"; }
answers_200() { post_json "http://127.0.0.1:$PORT/" "$(record "$1")" && [ "$code" -eq 200 ]; }

setup() {
	needs cn-conf cn-listen cn-decode cn-post
	endpoint
	PORT=$(free_port)
	config first json
}

@test "it serves, through the death of each stage; SIGTERM drains and leaves nothing" {
	up
	wait_for answers_200 o-1
	for victim in cn-listen cn-decode cn-post; do
		kill -KILL "$(pid_of $victim)"
		wait_for_line log "starts again.*137 $victim"
		wait_for answers_200 "after-$victim"
	done
	for key in o-1 after-cn-listen after-cn-decode after-cn-post; do
		grep -q "^first .*\"$key\"" got
	done
	kill -TERM "$keeper"
	wait_exit "$keeper"
	[ "$status" -eq 0 ]
	[ -z "$(find "$T" -maxdepth 1 -name 'ring.*')" ]
	[ ! -s out ]
}

@test "a new ring reads the file anew; one that can't be followed ends it with 78" {
	up
	wait_for answers_200 o-1
	config second json
	kill -TERM "$(pid_of cn-listen)"
	wait_for_line log 'starts again'
	wait_for answers_200 o-2
	grep -q '^second .*"o-2"' got
	config third xml
	kill -TERM "$(pid_of cn-listen)"
	wait_exit "$keeper"
	[ "$status" -eq 78 ]
	grep -q "^cn-conf: esp.yml:5: format mode xml is none of" log
	[ -z "$(find "$T" -maxdepth 1 -name 'ring.*')" ]
}

@test "help, a file that is not there, one that is wrong from the start" {
	run -0 "$ROOT/pipelines/outbound-esp" --help
	[[ $output == "outbound-esp CONFIG"* ]]
	run -78 "$ROOT/pipelines/outbound-esp" none.yml
	[[ $output == *"none.yml: No such file"* ]]
	config x avro
	run -78 "$ROOT/pipelines/outbound-esp" esp.yml
	[[ $output == *"Avro is not written here"* ]]
	run -64 "$ROOT/pipelines/outbound-esp" esp.yml --nonsense
}
