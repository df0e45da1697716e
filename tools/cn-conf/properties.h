/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PROPERTIES_H
#define PROPERTIES_H

/* Properties of Kafka's Java producer, and what becomes of each. */
enum what {
	SAME,			/* librdkafka's property of the name in `ours`, or of the same name */
	LOWER,			/* the same, in lower case */
	SECRET,			/* the same, but for a file */
	KIB,			/* bytes become KiB */
	IGNORED,		/* changes nothing of what is delivered: `ours` says why */
	REFUSED,		/* `ours` says why */
	OWN,			/* code below */
};

struct property {
	const char *name;
	enum what what;
	const char *ours;
};

#define JAVA "a class for the JVM can't run here"
#define STORE "key stores of Java are not read here: type PEM, or PKCS12 for the own key"

extern const struct property properties[];	/* ends with a row without a name */

#endif
