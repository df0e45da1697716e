#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# cn-post-kinesis against kinesalite, whose streams are read back with pipelines/kinesis-tail. Between the two stands aws-front, which checks
# signatures and makes trouble, or gateway.js, which plays API Gateway; see test/kinesis.
bats_require_minimum_version 1.5.0
load helper

setup_file() {
	[ -x "$BIN/cn-post-kinesis" ] || return 0
	"$ROOT/test/kinesis/kinesis-real" get || { skip_or_fail "needs kinesalite from npm" && return 0; }
	start_bg "$ROOT/test/kinesis/kinesis-real" run >"$T/kinesis.port" 2>"$T/kinesis.err" </dev/null
	wait_for_line "$T/kinesis.port" '^[0-9]+$'
	KINESIS=http://127.0.0.1:$(cat "$T/kinesis.port")
	export KINESIS
}

setup() {
	needs cn-post-kinesis
	[ -n "${KINESIS:-}" ] || skip_or_fail "needs kinesalite from npm"
	STREAM=s$BATS_TEST_NUMBER
	unset "${!AWS_@}" "${!CN_KINESIS_@}"
	export AWS_ACCESS_KEY_ID=AKIDEXAMPLE AWS_SECRET_ACCESS_KEY=wJalr/XUtn+FEMI/K7 HOME=$T AWS_REGION=us-east-1
	mkdir -p front
	echo '{"AKIDEXAMPLE":{"secret":"wJalr/XUtn+FEMI/K7"},"TEMP":{"secret":"t","token":"tok/en+1=="},"TEMP2":{"secret":"t2","token":"tok2"}}' >front/keys
}

api() { curl -sS -m 10 "$KINESIS/" -H 'Content-Type: application/x-amz-json-1.1' -H "X-Amz-Target: Kinesis_20131202.$1" \
	--aws-sigv4 aws:amz:us-east-1:kinesis --user a:b -d "$2"; }
stream_is_active() { [ "$(api DescribeStream '{"StreamName":"'"$1"'"}' | jq -r .StreamDescription.StreamStatus)" = ACTIVE ]; }
stream() {
	api CreateStream '{"StreamName":"'"$1"'","ShardCount":'"${2:-2}"'}'
	wait_for stream_is_active "$1"
}
tail_stream() { AWS_ACCESS_KEY_ID=a AWS_SECRET_ACCESS_KEY=b "$ROOT/pipelines/kinesis-tail" -e "$KINESIS" "$@"; }

front_start() {
	rm -f front.port
	start_bg "$ROOT/test/kinesis/aws-front" "${KINESIS##*:}" front "$@" >front.port 2>front.err </dev/null 6>&-
	FRONT_PID=$PID
	wait_for_line front.port '^[0-9]+$'
	FRONT=http://127.0.0.1:$(cat front.port)
}
rules() { echo "$1" >front/rules.new && mv front/rules.new front/rules; }
log() { jq -r "$@" front/log; }

gateway_start() {
	rm -f gateway.port gateway.log
	: >gateway.log
	start_bg "$ROOT/test/kinesis/kinesis-real" gateway --kinesis "$KINESIS" --log gateway.log --rules gateway.rules "$@" \
		>gateway.port 2>gateway.err </dev/null
	wait_for_line gateway.port '^[0-9]+$'
	GATEWAY=http://127.0.0.1:$(cat gateway.port)/prod/kinesis
}

# record ID KEY N [MORE]
record() { echo '{"id":'"$1"',"metadata":{"namespace":"shop","set":"orders","userKey":"'"$2"'","msg":"write"},"bins":{"n":'"$3"'}'"${4:+,$4}"'}'; }
# COUNT records of KEYS keys; n counts up
records() { seq "$1" | awk -v keys="$2" '{ printf "{\"id\":%d,\"metadata\":{\"namespace\":\"shop\",\"set\":\"orders\",\"userKey\":\"k%d\",\"msg\":\"write\"},\"bins\":{\"n\":%d}}\n", $1, $1 % keys, $1 }'; }

post_kinesis() { cn-post-kinesis -s "$STREAM" --endpoint "$FRONT" "$@" 2>>err; }
post_gateway() { cn-post-kinesis -s "$STREAM" --gateway "$GATEWAY" "$@" 2>>err; }
counter() { grep -o " $1=[0-9]*" err | tail -n 1 | cut -d= -f 2; }
acked() { jq -s '[.[] | select(.ack) | .ack | if type == "array" then .[1] - .[0] + 1 else 1 end] | add // 0' "$@"; }

# What is in the stream, as "key n" lines in the order of each shard; data is json.
contents() { tail_stream "$STREAM" | jq -r '.key + " " + (.data | fromjson | .bins[0].value | tostring)'; }
# N records are there, each once, those of a key in order.
all_once_in_order() {
	contents >got
	[ "$(wc -l <got)" -eq "$1" ]
	[ "$(sort -u got | wc -l)" -eq "$1" ]
	in_order
}
in_order() { awk '$2 < last[$1] { print "out of order: " $0; bad = 1 } { last[$1] = $2 } END { exit bad }' got; }

# The sink in the background, fed through descriptor 6.
sink_start() {
	rm -f in
	mkfifo in
	run_sink() { exec cn-post-kinesis -s "$STREAM" "$@" <in >acks 2>>err 6>&-; }
	start_bg run_sink "$@"
	SINK=$PID
	exec 6>in
}
sink_end() {
	exec 6>&-
	wait_exit "$SINK" 20
}

@test "what the acks say is where the records are, byte for byte" {
	stream "$STREAM" 4
	front_start
	DIGEST=7GuNIoca3f0yU8bTUgVi0W+Xfpc=
	echo '{"id":17,"metadata":{"namespace":"shop","set":"orders","userKey":"o-17","digest":"'$DIGEST'","msg":"write","gen":7,"lut":1700000000123,"exp":0},"bins":{"big":9007199254740993,"min":-9223372036854775808,"s":"Z\u00fcrich \"\\"}}' >in
	echo '{"id":18,"metadata":{"namespace":"shop","digest":"'$DIGEST'","msg":"delete","durable":true}}' >>in
	post_kinesis -v <in >acks
	cat acks
	tail_stream "$STREAM" | tee got
	[ "$(wc -l <got)" -eq 2 ]
	# 18 waits for 17: same key. MD5 says which shard: see the reference's worked example.
	jq -r '"{\"ack\":\(17 + input_line_number - 1),\"to\":\"kinesis:'"$STREAM"'/\(.shard)@\(.seq)\"}"' got | diff - acks
	[ "$(jq -r .shard got | sort -u)" = shardId-000000000000 ]
	[ "$(jq -r .key got | sort -u)" = $DIGEST ]
	tail_stream -d "$STREAM" | diff - <(cat <<-EOF
		{"msg":"write","key":["shop","orders","$DIGEST","o-17"],"gen":7,"exp":0,"lut":1700000000123,"bins":[{"name":"big","type":"int","value":9007199254740993},{"name":"min","type":"int","value":-9223372036854775808},{"name":"s","type":"str","value":"Z\u00fcrich \"\\\\"}]}
		{"msg":"delete","key":["shop",null,"$DIGEST",null],"durable":true}
	EOF
	)
}

@test "formats: flat-json, line, msgpack, base64, a line end" {
	stream "$STREAM" 1
	front_start
	record 1 a 9007199254740993 >in
	for options in '-f flat-json --metadata-key meta' '-f line' '--newline -f line' '-f msgpack --base64'; do
		post_kinesis $options <in
	done
	tail_stream "$STREAM" | jq -r .data | tee got
	[ "$(sed -n 1p got)" = '{"meta":{"namespace":"shop","set":"orders","userKey":"a","msg":"write"},"n":9007199254740993}' ]
	[ "$(sed -n 2p got)" = '{"metadata":{"namespace":"shop","set":"orders","userKey":"a","msg":"write"},"bins":{"n":9007199254740993}}' ]
	[ "$(sed -n 2p got)" = "$(sed -n 3p got)" ] && [ -z "$(sed -n 4p got)" ]
	sed -n 5p got | base64 -d | od -An -tx1 | tr -d ' \n' | grep cf0020000000000001
}

@test "the signature is the one of the worked example, and every call carries a good one" {
	got=$("$ROOT/test/kinesis/aws-front" --vector <<-'EOF'
		{"secret": "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY", "scope": ["20240102", "ap-south-1", "kinesis", "aws4_request"],
		 "headers": {"content-type": "application/x-amz-json-1.1", "host": "kinesis.ap-south-1.amazonaws.com",
		             "x-amz-date": "20240102T030405Z", "x-amz-target": "Kinesis_20131202.PutRecord"},
		 "body": "{\"StreamName\":\"shop-cn\",\"PartitionKey\":\"7GuNIoca3f0yU8bTUgVi0W+Xfpc=\",\"Data\":\"eyJtc2ciOiJ3cml0ZSJ9\"}"}
	EOF
	)
	[ "$got" = 94d607facab8c6f72b6bec594b48db927ba497dc6dbba61c5e0ee5f2786a1c7b ]
	stream "$STREAM"
	front_start
	records 700 700 | post_kinesis >acks
	[ "$(acked acks)" -eq 700 ]
	record 1 big '"'"$(head -c 900000 /dev/zero | tr '\0' x)"'"' | post_kinesis
	record 2 bigger '"'"$(head -c 1040000 /dev/zero | tr '\0' x)"'"' | post_kinesis	# over 1 MiB as base64
	[ "$(log 'select(.why) | .why' | wc -l)" -eq 0 ]
	export AWS_ACCESS_KEY_ID=TEMP AWS_SECRET_ACCESS_KEY=t AWS_SESSION_TOKEN=tok/en+1==
	record 3 c 1 | post_kinesis
	[ "$(log .token | tail -n 1)" = tok/en+1== ]
}

@test "keys that are refused: nacked for retry at once, exit 75, the secret nowhere" {
	front_start
	for id in AKIDEXAMPLE NOBODY; do
		status=0
		record 1 a 1 | AWS_ACCESS_KEY_ID=$id AWS_SECRET_ACCESS_KEY=wrongsecret timeout 3 cn-post-kinesis -s "$STREAM" --endpoint "$FRONT" >acks 2>err || status=$?
		[ "$status" -eq 75 ]
		cat acks
		[ "$(jq -c '[.nack, .retry]' acks)" = '[1,true]' ]
		! grep -r wrongsecret acks err front/log
	done
	grep -q UnrecognizedClientException acks
	log .why | grep -q InvalidSignatureException
	run -78 env -u AWS_ACCESS_KEY_ID cn-post-kinesis -s "$STREAM" --endpoint "$FRONT" </dev/null
	[[ $output == *"no AWS credentials"* ]]
}

@test "full calls under load: two to three for a thousand records" {
	stream "$STREAM"
	front_start
	records 3000 3000 | post_kinesis >acks
	[ "$(acked acks)" -eq 3000 ]
	all_once_in_order 3000
	[ "$(counter calls)" -le 9 ]
	[ "$(log '.keys | length' | sort -n | tail -n 1)" -le 500 ]
}

@test "the bounds of a call: records, bytes, a record" {
	stream "$STREAM"
	front_start
	records 50 50 | post_kinesis --batch 7 >acks
	[ "$(acked acks)" -eq 50 ]
	[ "$(log '.keys | length' | sort -n | tail -n 1)" -eq 7 ]
	rm front/log
	for ((i = 1; i <= 10; i++)); do record $i "b$i" '"'"$(head -c 400 /dev/zero | tr '\0' x)"'"'; done >in
	post_kinesis --batch-bytes 1200 <in >acks
	[ "$(acked acks)" -eq 10 ]
	[ "$(log '.keys | length' | sort -n | tail -n 1)" -eq 2 ]
	{ head -n 2 in; record 11 c 1; } >lines
	run -65 post_kinesis --record-max 300 <lines
	[ "$(acked <<<"$output")" -eq 1 ]
	grep -c '"retry":false,"error":"record too large: ' <<<"$output" | grep -x 2
}

@test "records that fail alone are repeated alone; order per key, nothing lost, nothing twice" {
	stream "$STREAM" 3
	front_start
	rules '[{"fail": 0.3}]'
	records 600 100 | post_kinesis --deadline 60s >acks
	[ "$(acked acks)" -eq 600 ]
	all_once_in_order 600
	[ "$(counter repeated)" -gt 120 ]
	# Never two of a key in one call; and what was sent again is what had failed.
	[ "$(log 'select((.keys | unique | length) < (.keys | length))')" = "" ]
	[ "$(log '(.keys | length) - (.failed | length)' | awk '{ n += $1 } END { print n }')" -eq 600 ]
}

@test "loose order: several of a key in a call, each there once" {
	stream "$STREAM"
	front_start
	rules '[{"fail": 0.2}]'
	records 1000 3 | post_kinesis --loose-order --deadline 60s >acks
	[ "$(acked acks)" -eq 1000 ]
	[ "$(contents | sort -u | wc -l)" -eq 1000 ]
	[ "$(contents | wc -l)" -eq 1000 ]
	[ "$(counter calls)" -lt 60 ]
}

@test "answers that get lost: at least once, none lost, order kept" {
	stream "$STREAM"
	front_start
	rules '[{"times": 2}, {"times": 2, "lose": true}, {"times": 1, "close": true}, {"times": 1, "status": 500, "type": "InternalFailure"}, {"times": 1}, {"times": 2, "lose": true}]'
	records 2000 2000 | post_kinesis --batch 200 --deadline 60s >acks
	[ "$(acked acks)" -eq 2000 ]
	contents >got
	[ "$(sort -u got | wc -l)" -eq 2000 ]
	[ "$(wc -l <got)" -le 3000 ]
}

@test "too fast for a shard: it waits, the other goes on, nothing is lost" {
	stream "$STREAM"
	front_start
	rules '[{"rate": 400, "shards": 2}]'
	records 800 800 | post_kinesis --deadline 60s >acks
	[ "$(acked acks)" -eq 800 ]
	all_once_in_order 800
	[ "$(counter throttled)" -gt 0 ]
	# Not hammered: a second or so of back-offs is a few dozen calls.
	[ "$(counter calls)" -lt 60 ]
}

@test "a call that is refused for one record: only that one fails for good" {
	stream "$STREAM"
	front_start
	rules '[{"poison": "\"k13\""}]'
	records 30 30 >lines
	run -65 post_kinesis <lines
	[ "$(acked <<<"$output")" -eq 29 ]
	[ "$(jq -c 'select(.nack) | [.nack, .retry]' <<<"$output")" = '[13,false]' ]
	grep -q 'InvalidArgumentException: poison' <<<"$output"
	[ "$(contents | wc -l)" -eq 29 ]
}

@test "a key's later records go back with the first when it is given back" {
	front_start
	rules '[{"fail": 1}]'
	records 5 1 >lines
	run -75 post_kinesis --deadline 700ms <lines
	[ "$(jq -s -c '[.[] | .nack] | sort' <<<"$output")" = '[1,2,3,4,5]' ]
	[ "$(jq -s 'all(.[]; .retry)' <<<"$output")" = true ]
	grep -q 'not in Kinesis within --deadline: InternalFailure' <<<"$output"
}

@test "no stream of that name: for retry and at once; others are not held up" {
	stream "$STREAM"
	front_start
	{ record 1 a 1 '"to":{"kinesis":{"stream":"nowhere"}}'; record 2 b 2; } >lines
	run -75 --separate-stderr timeout 3 cn-post-kinesis -s "$STREAM" --endpoint "$FRONT" <lines
	[ "$(jq -c 'select(.nack) | [.nack, .retry]' <<<"$output")" = '[1,true]' ]
	grep -q '"nack":1.*ResourceNotFoundException' <<<"$output"
	grep -qx '{"ack":2}' <<<"$output"
}

@test "keys in the shared file that expire: the file is read again" {
	stream "$STREAM"
	front_start
	unset AWS_ACCESS_KEY_ID AWS_SECRET_ACCESS_KEY
	mkdir .aws
	printf '[other]\naws_access_key_id = X\n[default]\n# ours\naws_access_key_id = TEMP\naws_secret_access_key=t\naws_session_token = tok/en+1==\n' >.aws/credentials
	sink_start --endpoint "$FRONT"
	record 1 a 1 >&6
	wait_for_line acks '"ack":1'
	jq -c '.TEMP.expired = true' front/keys >keys && mv keys front/keys
	printf '[p2]\naws_access_key_id=TEMP2\naws_secret_access_key=t2\naws_session_token=tok2\n' >>.aws/credentials
	sed -i 's/^\[default\]/[old]/; s/^\[p2\]/[default]/' .aws/credentials
	record 2 b 2 >&6
	wait_for_line acks '"ack":2'
	sink_end
	[ "$status" -eq 0 ]
	log 'select(.why) | .why' | grep -qx ExpiredTokenException
	record 3 c 3 >lines
	run -75 cn-post-kinesis -s "$STREAM" --endpoint "$FRONT" --profile old <lines
	[[ $output == *ExpiredTokenException* ]]
	run -78 cn-post-kinesis -s "$STREAM" --endpoint "$FRONT" --profile nobody </dev/null
	[[ $output == *"no profile nobody"* ]]
}

give_credentials() {
	jq -nc --arg id "$1" --arg s "$2" --arg t "$3" --arg e "$(date -u -d "now $4 seconds" +%Y-%m-%dT%H:%M:%SZ)" \
		'{AccessKeyId: $id, SecretAccessKey: $s, Token: $t, Expiration: $e}' >front/credentials.new
	mv front/credentials.new front/credentials
}
asked() { [ "$(log 'select(.credentials == 200)' | jq -s length)" -ge "$1" ]; }

@test "keys from a container: asked for before they expire, and when they are refused" {
	stream "$STREAM"
	front_start
	unset AWS_ACCESS_KEY_ID AWS_SECRET_ACCESS_KEY
	echo '"Bearer xyz"' >front/authorization
	export AWS_CONTAINER_CREDENTIALS_FULL_URI=$FRONT/credentials AWS_CONTAINER_AUTHORIZATION_TOKEN='Bearer xyz'
	give_credentials TEMP t tok/en+1== 4
	sink_start --endpoint "$FRONT"
	record 1 a 1 >&6
	wait_for_line acks '"ack":1'
	give_credentials TEMP2 t2 tok2 3600
	wait_for asked 2
	record 2 b 2 >&6
	wait_for_line acks '"ack":2'
	[ "$(log 'select(.why) | .why')" = "" ]
	[ "$(log 'select(.target == "PutRecords") | .token' | tail -n 1)" = tok2 ]
	# Revoked early: refused once, new ones asked for, delivered.
	jq -c '.TEMP2.expired = true' front/keys >keys && mv keys front/keys
	give_credentials TEMP t tok/en+1== 3600
	record 3 c 3 >&6
	wait_for_line acks '"ack":3'
	sink_end
	[ "$status" -eq 0 ]
	log 'select(.why) | .why' | grep -qx ExpiredTokenException
}

@test "a container's endpoint that says no, or is at a place where keys must not be asked for" {
	front_start
	unset AWS_ACCESS_KEY_ID AWS_SECRET_ACCESS_KEY
	record 1 a 1 >lines
	AWS_CONTAINER_CREDENTIALS_FULL_URI=$FRONT/credentials run -75 cn-post-kinesis -s "$STREAM" --endpoint "$FRONT" --deadline 1s <lines
	echo "$output"
	[[ $output == *'"nack":1,"retry":true,"error":"not in Kinesis within --deadline: the container'*404* ]]
	AWS_CONTAINER_CREDENTIALS_FULL_URI=http://example.com/credentials run -78 cn-post-kinesis -s "$STREAM" --endpoint "$FRONT" </dev/null
}

@test "the API is killed in the middle and comes back: nothing is lost, order is kept" {
	stream "$STREAM"
	front_start
	rules '[{"delay": 20}]'
	records 3000 300 >lines
	sink_start --endpoint "$FRONT" --deadline 30s --batch 100
	cat lines >&6 &
	feeder=$!
	wait_for_lines acks 3
	kill -KILL "$FRONT_PID"
	wait_for_line err 'Kinesis does not answer'
	front_start "${FRONT##*:}"
	wait "$feeder"
	sink_end
	[ "$status" -eq 0 ]
	grep -q 'Kinesis answers again' err
	[ "$(acked acks)" -eq 3000 ]
	contents >got
	[ "$(sort -u got | wc -l)" -eq 3000 ]
	in_order
}

@test "no answer: nacked for retry when --deadline is over, below 8 seconds by default" {
	front_start
	rules '[{"delay": 20000}]'
	record 1 a 1 >lines
	SECONDS=0
	run -75 post_kinesis --deadline 1s <lines
	[ "$SECONDS" -lt 5 ]
	[[ $output == *'"nack":1,"retry":true'*'no answer in time'* ]]
	cn-post-kinesis --help | grep -q -- '--deadline TIME .*\[6500ms\]'
	FRONT=http://127.0.0.1:$(free_port)
	record 1 a 1 >lines
	run -75 post_kinesis --deadline 300ms <lines
	[[ $output == *"can't reach http://127.0.0.1"* ]]
}

@test "lines in memory are taken as soon as others are given back, though no more come" {
	export AWS_CONTAINER_CREDENTIALS_FULL_URI=http://127.0.0.1:$(free_port)/credentials
	unset AWS_ACCESS_KEY_ID AWS_SECRET_ACCESS_KEY
	sink_start --endpoint http://127.0.0.1:1 --queue 1 --deadline 100ms
	records 10 10 >&6
	wait_for_lines acks 10 5
	[ "$(jq -s -c 'map(.nack)' acks)" = '[1,2,3,4,5,6,7,8,9,10]' ]
	sink_end
	[ "$status" -eq 75 ]
}

@test "skip, error, broken and foreign lines; exit codes" {
	stream "$STREAM"
	front_start
	run -0 post_kinesis <<-EOF
		{"id":1,"skip":true}
		$(record 2 a 1 '"to":{"kafka":{"topic":"x"}}')
		$(record 3 a 1 '"to":{"kinesis":null}')
		$(record 4 a 1 '"to":{"kinesis":"'"$STREAM"'"}')
	EOF
	[ "$(acked <<<"$output")" -eq 4 ]
	run -65 post_kinesis <<-EOF
		{"id":5,"error":"not a notification"}
		{"id":6,"metadata":1}
		no json
		$(record 7 a 1 '"to":{"kinesis":7}')
		$(record 8 a 1 '"to":{"kinesis":{"stream":"a b"}}')
		$(record 9 a 1 '"to":{"kinesis":{"explicitHashKey":"340282366920938463463374607431768211456"}}')
		$(record 10 a 1 '"to":{"kinesis":{"key":"'"$(head -c 257 /dev/zero | tr '\0' k)"'"}}')
		$(record 11 a 1 '"to":{"kinesis":{"format":"wire"}}')
		{"id":12,"metadata":{"namespace":"shop","msg":"delete"}}
	EOF
	[ "$(jq -s -c '[.[] | select(.retry == false) | .nack]' <<<"$output")" = '[5,6,7,8,9,10,11,12]' ]
	grep -q '"nack":5,"retry":false,"error":"not a notification"' <<<"$output"
	grep -q 'record failed.*not a record' err
	record 1 a 1 >lines
	run -75 cn-post-kinesis --endpoint "$FRONT" <lines
	[[ $output == *'"retry":true,"error":"no stream:'* ]]
	[ "$(contents | wc -l)" -eq 1 ]
	run -64 env -u AWS_REGION cn-post-kinesis -s x
	[[ $output == *"no region"* ]]
	run -64 cn-post-kinesis --gateway http://127.0.0.1:1/ -s x -f msgpack
	run -64 cn-post-kinesis --gateway ftp://x
	for option in gateway endpoint; do
		run -64 cn-post-kinesis -s x --$option http://u:geheim@127.0.0.1:1/ </dev/null
		[[ $output == *"secrets don't belong into the URL"* && $output != *geheim* ]]
	done
}

@test "partition keys: digest, user-key, set, bin, to.kinesis.key, an explicit hash key" {
	stream "$STREAM" 2
	front_start
	record 1 u 42 >in
	for key in digest user-key set bin=n bin=none; do post_kinesis -k $key <in; done
	record 2 u 1 '"to":{"kinesis":{"key":"sch\u00f6n","explicitHashKey":"0"}}' | post_kinesis
	record 3 u 1 '"to":{"kinesis":{"key":[1,2],"explicitHashKey":340282366920938463463374607431768211455}}' | post_kinesis
	tail_stream "$STREAM" | jq -r '.key' | sort >got
	digest=$(tail_stream "$STREAM" | jq -r 'select(.key | length == 28) | .key' | sort -u)
	printf '%s\n' "$digest" "$digest" u orders 42 schön '[1,2]' | sort | diff - got
	[ "$(tail_stream "$STREAM" | jq -r 'select(.key == "schön") | .shard')" = shardId-000000000000 ]
	[ "$(tail_stream "$STREAM" | jq -r 'select(.key == "[1,2]") | .shard')" = shardId-000000000001 ]
}

@test "SIGUSR1 prints the counters" {
	stream "$STREAM"
	front_start
	sink_start --endpoint "$FRONT"
	record 1 a 1 >&6
	wait_for_line acks '"ack":1'
	kill -USR1 "$SINK"
	wait_for_line err 'msg=counters lines=1 acked=1 .* calls=1 .* in_flight=0'
	sink_end
}

# --- through API Gateway

@test "gateway: the request is the documented one, and the record is in Kinesis" {
	stream "$STREAM"
	gateway_start --key sesame
	echo sesame >key
	DIGEST=7GuNIoca3f0yU8bTUgVi0W+Xfpc=
	echo '{"id":1,"metadata":{"namespace":"shop","set":"orders","userKey":"o-17","digest":"'$DIGEST'","msg":"write","gen":7},"bins":{"n":9007199254740993,"s":"Zürich"}}' >in
	post_gateway --api-key-file key -v <in >acks
	[ "$(jq -r .to acks)" = "$(tail_stream "$STREAM" | jq -r '"kinesis:'"$STREAM"'/\(.shard)@\(.seq)"')" ]
	[ "$(tail_stream -d "$STREAM")" = '{"msg":"write","key":["shop","orders","'$DIGEST'","o-17"],"gen":7,"exp":null,"lut":null,"bins":[{"name":"n","type":"int","value":9007199254740993},{"name":"s","type":"str","value":"Zürich"}]}' ]
	[ "$(tail_stream "$STREAM" | jq -r .key)" = $DIGEST ]
	# Names in lower case, as the mapping wants them; nothing but what is needed.
	jq -r '.headers | [range(0; length; 2) as $i | .[$i]] | sort | join(" ")' gateway.log | tee got
	[ "$(cat got)" = "Content-Length Host aerospike-digest content-type streamname x-api-key" ]
	[ "$(jq -r '.headers | index("content-type") as $i | .[$i + 1]' gateway.log)" = application/json ]
	CN_KINESIS_API_KEY=sesame post_gateway <in
	! grep -q sesame err
}

@test "gateway: the guide's curl works, and so does what the connector sends over HTTP" {
	stream "$STREAM"
	gateway_start --key sesame
	post_json "$GATEWAY" '{"msg":"write"}' -H "streamname: $STREAM" -H 'aerospike-digest: abc=' -H 'x-api-key: sesame'
	[ "$code" = 200 ]
	[[ $body == *SequenceNumber* ]]
	[ "$(tail_stream "$STREAM" | jq -c '[.key, .data]')" = '["abc=","{\"msg\":\"write\"}"]' ]
	post_json "$GATEWAY" '{}' -H "streamname: $STREAM" -H 'x-api-key: sesame'	# no digest: an error under a 200
	[ "$code" = 200 ]
	[[ $body == *__type* ]]
}

@test "gateway: --to reads another member, which can choose the format" {
	stream "$STREAM"
	gateway_start --key sesame
	echo sesame >key
	record 1 a 1 '"to":{"aws":{"format":"flat-json","metadataKey":"m"},"kinesis":{"stream":"none"}}' >in
	record 2 b 2 '"to":{"kinesis":{"stream":"none"}}' >>in
	record 3 c 3 '"to":{"aws":true}' >>in
	post_gateway --api-key-file key --to aws <in | jq -c '.ack // .' | sort >acks
	[ "$(tail_stream "$STREAM" | jq -cs 'map(.data | fromjson? // .) | map(has("m"), has("msg")) | sort' )" = '[false,false,true,true]' ] \
		|| { tail_stream "$STREAM"; false; }
}

# status, type header, body -> what it must become
# One process and one stream for each row, all at once: most of them wait for their deadline.
@test "gateway: the table of errors" {
	gateway_start
	record 1 a 1 >in
	cat >rows <<-'EOF'
		200||{"SequenceNumber":"1","ShardId":"s"}|ok|
		200||{"FailedRecordCount":0}|ok|
		202||{"SequenceNumber":"1"}|ok|
		200||{"FailedRecordCount":1}|true|counts failed records
		200||{"ok":true}|true|no SequenceNumber
		200||{"SequenceNumber":"1","__type":"InternalFailure"}|true|InternalFailure
		200||{"__type":"ProvisionedThroughputExceededException","message":"Rate exceeded"}|true|Rate exceeded
		200||{"__type":"com.amazonaws.kinesis.v20131202#ResourceNotFoundException"}|true|ResourceNotFoundException
		200||{"__type":"AccessDeniedException"}|true|AccessDenied
		200||{"__type":"KMSDisabledException"}|true|KMSDisabled
		200||{"__type":"ValidationException","message":"x"}|false|ValidationException: x
		200||{"__type":"InvalidArgumentException"}|false|InvalidArgument
		200||{"__type":"SerializationException"}|false|Serialization
		200||{"__type":"NeverHeardOfException"}|true|NeverHeardOf
		400||{"__type":"ValidationException"}|false|Validation
		400||{"__type":"ExpiredTokenException"}|true|ExpiredToken
		401||{"message":"Unauthorized"}|true|Unauthorized
		403|ForbiddenException|{"message":"Forbidden"}|true|Forbidden
		403|MissingAuthenticationTokenException|{"message":"Missing Authentication Token"}|true|Missing Authentication
		404||{"message":"x"}|true|status 404
		413||{"message":"Request Too Long"}|false|Request Too Long
		415||{"message":"Unsupported Media Type"}|true|Unsupported
		429|TooManyRequestsException|{"message":"Too Many Requests"}|true|Too Many
		429|LimitExceededException|{"message":"Limit Exceeded"}|true|Limit Exceeded
		500||{"message":"Internal server error"}|true|Internal server error
		503||{}|true|status 503
		504||{"message":"Endpoint request timed out"}|true|timed out
	EOF
	jq -Rnc '[inputs | split("|") | {stream: "row\(input_line_number)", status: (.[0] | tonumber), type: .[1], body: (.[2] | fromjson)}]' rows \
		>gateway.rules
	n=0
	while IFS='|' read -r _; do
		n=$((n + 1))
		STREAM=row$n post_gateway --deadline 1500ms <in >"acks.$n" &
		pids+=($!)
	done <rows
	for pid in "${pids[@]}"; do wait "$pid" || true; done
	n=0
	while IFS='|' read -r status type body retry text; do
		n=$((n + 1))
		output=$(<"acks.$n")
		echo "$status $body: $output"
		case $retry in
		ok) [ "$output" = '{"ack":1}' ] ;;
		*) [ "$(jq -c '[.nack, .retry]' <<<"$output")" = "[1,$retry]" ] && [[ $output == *"$text"* ]] ;;
		esac
	done <rows
}

@test "gateway: what fails for a while gets there all the same, each record in its order" {
	stream "$STREAM"
	gateway_start
	echo '[{"times":20},{"status":504,"times":5},{"status":200,"body":{"__type":"ProvisionedThroughputExceededException","message":"Rate exceeded for shard shardId-000000000000 in stream x"},"times":5},{"times":1,"close":true},{"status":429,"body":{"message":"Too Many Requests"},"times":3}]' |
		jq -c '[.[] | select(.status or .close)]' >gateway.rules
	records 200 20 | post_gateway --deadline 30s >acks
	[ "$(acked acks)" -eq 200 ]
	all_once_in_order 200
	[ "$(counter repeated)" -ge 10 ]
}

@test "gateway: usage plan: rate and burst slow it down, a quota gives records back" {
	stream "$STREAM"
	gateway_start --key k --rate 200 --burst 20
	export CN_KINESIS_API_KEY=k
	records 150 150 | post_gateway --deadline 20s >acks
	[ "$(acked acks)" -eq 150 ]
	all_once_in_order 150
	jq .status gateway.log | grep -qx 429
	gateway_start --quota 3
	records 6 6 >lines
	run -75 post_gateway --connections 1 --deadline 1s <lines
	[ "$(acked <<<"$output")" -eq 3 ]
	grep -c '"retry":true,"error":".*Limit Exceeded' <<<"$output" | grep -x 3
}

@test "gateway: errors of Kinesis behind the lone 200 mapping, and behind mapped ones" {
	for option in '' --mapped; do
		gateway_start $option
		record 1 a 1 >lines
		STREAM=nowhere run -75 post_gateway <lines
		[[ $output == *'"retry":true,"error":"ResourceNotFoundException'* ]]
	done
	[ "$(jq .status gateway.log)" = 400 ]
}

@test "connections are used again, and no longer than --connection-ttl, both ways" {
	stream "$STREAM"
	gateway_start
	port=$(free_port)
	mkdir -p nginx
	cat >nginx/conf <<-END
		daemon off; worker_processes 1; pid $T/nginx/pid; error_log $T/nginx/error;
		events { worker_connections 64; }
		http {
			log_format test '\$connection \$uri'; access_log $T/access test;
			client_body_temp_path $T/nginx/b; proxy_temp_path $T/nginx/p; fastcgi_temp_path $T/nginx/f;
			uwsgi_temp_path $T/nginx/u; scgi_temp_path $T/nginx/s;
			server {
				listen 127.0.0.1:$port;
				location /a/ { proxy_pass $KINESIS/; } location /c/ { proxy_pass $KINESIS/; }
				location /b/ { proxy_pass ${GATEWAY%/prod*}/; } location /d/ { proxy_pass ${GATEWAY%/prod*}/; }
			}
		}
	END
	start_bg nginx -e "$T/nginx/error" -c "$T/nginx/conf" </dev/null >nginx/out 2>&1
	wait_port "$port"
	two() { record 1 a 1 && sleep "$1" && record 2 b 2; }
	# with PATH PAUSE OPTION...: two records with a pause between them; FILE becomes the connections that they came over.
	with() {
		two "$2" | cn-post-kinesis -s "$STREAM" --connections 1 "${@:3}" >"acks.$1" 2>>err
		[ "$(acked "acks.$1")" -eq 2 ]
	}
	used() { grep " /$1/" access | cut -d ' ' -f 1 | sort -u | wc -l; }
	with a 0.1 --batch 1 --endpoint "http://127.0.0.1:$port/a/" & pids=($!)
	with b 0.1 --gateway "http://127.0.0.1:$port/b/prod/kinesis" & pids+=($!)
	with c 2.1 --batch 1 --endpoint "http://127.0.0.1:$port/c/" --connection-ttl 1s & pids+=($!)
	with d 2.1 --gateway "http://127.0.0.1:$port/d/prod/kinesis" --connection-ttl 1s & pids+=($!)
	for pid in "${pids[@]}"; do wait "$pid"; done
	wait_for_lines access 8
	[ "$(used a) $(used b) $(used c) $(used d)" = '1 1 2 2' ]
}

@test "a call that takes too long is given up and made again; one more header for the gateway" {
	stream "$STREAM"
	front_start
	rules '[{"delay": 20000, "times": 1}]'
	record 1 a 1 >in
	post_kinesis --call-timeout 300ms <in >acks
	[ "$(cat acks)" = '{"ack":1}' ]
	[ "$(counter calls).$(counter repeated)" = 2.1 ]
	gateway_start
	echo '[{"delay":20000,"times":1}]' >gateway.rules
	post_gateway --call-timeout 300ms -H 'x-more: 1' <in >acks
	[ "$(cat acks)" = '{"ack":1}' ]
	[ "$(counter calls)" = 2 ]
	grep -q '"x-more","1"' gateway.log
}

@test "--to: another member of to is the one for this sink" {
	stream "$STREAM"
	gateway_start
	{ record 1 a 1 '"to":{"kinesis":{"stream":"none"}}'; record 2 b 2 '"to":{"copy":{"key":"two"},"kinesis":false}'; record 3 c 3; } >in
	for way in "--endpoint $KINESIS" "--gateway $GATEWAY"; do
		# shellcheck disable=SC2086 # words
		cn-post-kinesis -s "$STREAM" --to copy --key user-key $way <in >acks 2>>err
		[ "$(acked acks)" -eq 3 ]
		[ "$(counter skipped)" = 1 ]
	done
	tail_stream "$STREAM" | jq -r .key | sort | tr '\n' ' ' | grep -x 'c c two two '
}

@test "an empty digest is never sent" {
	stream "$STREAM"
	gateway_start
	{
		echo '{"id":1,"metadata":{"namespace":"shop","set":"s","digest":"","msg":"write"},"bins":{"n":1}}'
		echo '{"id":2,"metadata":{"namespace":"shop","set":"s","msg":"write"},"bins":{"n":1}}'
		record 3 '' 1 '"to":{"kinesis":{"key":""}}'
	} >in
	for way in "--endpoint $KINESIS" "--gateway $GATEWAY"; do
		# shellcheck disable=SC2086 # words
		run -65 --separate-stderr cn-post-kinesis -s "$STREAM" $way <in
		[ "$(jq -c 'select(.nack) | [.nack, .retry]' <<<"$output" | sort | tr '\n' ' ')" = '[1,false] [2,false] ' ]
		grep -qx '{"ack":3}' <<<"$output"
	done
	tail_stream "$STREAM" | jq -r .key | sort -u | tee got
	[ "$(wc -c <got)" -eq 29 ]	# one digest, in base64
}

@test "gateway: over TLS, with the CA to trust; msgpack only in base64; keys that fit a header" {
	stream "$STREAM"
	openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout tls.key -out tls.crt -days 2 -subj /CN=127.0.0.1 \
		-addext subjectAltName=IP:127.0.0.1 2>/dev/null
	gateway_start --tls-cert tls.crt --tls-key tls.key
	GATEWAY=https${GATEWAY#http}
	record 1 a 1 >in
	run -75 post_gateway --deadline 500ms <in
	[[ $output == *certificate* ]]
	[ "$(post_gateway --ca-file tls.crt <in)" = '{"ack":1}' ]
	post_gateway --ca-file tls.crt -f msgpack --base64 <in
	tail_stream -d "$STREAM" | tail -n 1 | base64 -d | od -An -tx1 | grep -q '^ 93 01 01'
	record 2 a 2 '"to":{"kinesis":{"key":"a\"b"}}' >lines
	run -65 post_gateway --ca-file tls.crt <lines
	[[ $output == *"can't stand in a header"* ]]
}
