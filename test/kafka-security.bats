#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# cn-kafka-sink and cn-kafka-source with TLS, SASL and access rights, against a real Apache Kafka.
bats_require_minimum_version 1.5.0
load helper

# One broker for the file: beside its plain listener one with TLS and passwords, where `guest` may do nothing.
setup_file() {
	cd "$BATS_FILE_TMPDIR"
	SECURE=127.0.0.1:$(free_port)
	CA=$PWD/cert.pem
	export SECURE CA
	openssl req -x509 -newkey rsa:2048 -nodes -keyout key.pem -out cert.pem -days 2 -subj /CN=localhost \
		-addext 'subjectAltName=DNS:localhost,IP:127.0.0.1' 2>/dev/null
	cat key.pem cert.pem >store.pem
	kafka_real_start
	kafka_real_stop
	sed -i "s|^\(advertised.\)\?listeners=.*|&,SASL_SSL://$SECURE|" "$KAFKA_DIR/server.properties"
	cat >>"$KAFKA_DIR/server.properties" <<-END
		listener.security.protocol.map=PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT,SASL_SSL:SASL_SSL
		sasl.enabled.mechanisms=PLAIN
		listener.name.sasl_ssl.plain.sasl.jaas.config=org.apache.kafka.common.security.plain.PlainLoginModule required user_writer="right" user_guest="guest";
		ssl.keystore.type=PEM
		ssl.keystore.location=$PWD/store.pem
		authorizer.class.name=org.apache.kafka.metadata.authorizer.StandardAuthorizer
		super.users=User:ANONYMOUS;User:writer
	END
	kafka_real_restart
}

setup() {
	needs cn-kafka-sink
	KAFKA_DIR=$BATS_FILE_TMPDIR/kafka-real
	printf '%s\n' '{"id":1,"metadata":{"namespace":"shop","userKey":"o-17","msg":"write"},"bins":{"n":1}}' >in
}

# USER PASSWORD [CA]: the file for -F
properties() {
	cat >props <<-END
		security.protocol=sasl_ssl
		sasl.mechanisms=PLAIN
		sasl.username=$1
		sasl.password=$2
		ssl.ca.location=${3:-$CA}
	END
}

@test "TLS and SASL: delivered" {
	properties writer right
	run -0 --separate-stderr cn-kafka-sink -b "$SECURE" -t secure -F props <in
	[ "$output" = '{"ack":1}' ]
	[ "$(kafka_read secure | jq .n)" = 1 ]
}

@test "a wrong password: said once, nacked for retry, the password nowhere in the log" {
	properties writer wrong-secret
	run -75 --separate-stderr cn-kafka-sink -b "$SECURE" -t secure -F props -X message.timeout.ms=2000 --log-level debug <in
	[[ $output == *'"nack":1,"retry":true,'*[Aa]uthentication* ]]
	[ "$(grep -c "can't reach Kafka" <<<"$stderr")" -eq 1 ]
	[[ $stderr == *"can't reach Kafka"*"uthentication failed"* ]]
	[[ $stderr$output != *wrong-secret* ]]
}

@test "a certificate that nobody vouches for: said, nacked for retry" {
	openssl req -x509 -newkey rsa:2048 -nodes -keyout other.key -out other.pem -days 2 -subj /CN=other 2>/dev/null
	properties writer right other.pem
	run -75 --separate-stderr cn-kafka-sink -b "$SECURE" -t secure -F props -X message.timeout.ms=2000 <in
	[[ $stderr == *"can't reach Kafka"*"certificate verify failed"* ]]
}

@test "no right to write: nacked for retry with the reason; the others go on" {
	properties guest guest
	echo x | kcat -b "$BROKER" -t secure -P
	# An idempotent producer needs rights at the cluster or any topic: without, librdkafka calls it fatal.
	run -75 --separate-stderr cn-kafka-sink -b "$SECURE" -t secure -F props <in
	[[ $output == *'"nack":1,"retry":true,'*'authorization failed'* ]]
	run -75 --separate-stderr cn-kafka-sink -b "$SECURE" -t secure -F props -X enable.idempotence=false <in
	[[ $output == *'"nack":1,"retry":true,'*'authorization failed'* ]]
}

@test "reading: with TLS and a password; without the right to it the source says so and ends" {
	needs cn-kafka-source
	echo x | kcat -b "$BROKER" -t readable -P
	properties writer right
	run -0 --separate-stderr cn-kafka-source -b "$SECURE" -t readable -g readers -e -F props -f string --first-id 1 </dev/null
	[ "$(jq -r .value <<<"$output")" = x ]
	properties guest guest
	run -78 --separate-stderr cn-kafka-source -b "$SECURE" -t readable -g guests -F props </dev/null
	[[ $stderr == *"Kafka does not let us read"*uthorization* ]]
	properties writer wrong-secret
	run -69 --separate-stderr cn-kafka-source -b "$SECURE" -t readable -g readers -e --start-timeout 1s -F props --log-level debug </dev/null
	[[ $stderr == *"can't reach Kafka"*uthentication* && $stderr != *wrong-secret* ]]
}
