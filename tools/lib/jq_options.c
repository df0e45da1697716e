/* SPDX-License-Identifier: Apache-2.0 */
#include "jq_options.h"

#include "err.h"
#include "opt.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

char **jq_options_join(int *argc, char **argv)
{
	static char **joined;	/* options point into it to the end */
	int n = 0;

	joined = xcalloc((size_t)*argc + 1, sizeof(*joined));
	for (int i = 0; i < *argc; i++) {
		joined[n++] = argv[i];
		if (strcmp(argv[i], "--") == 0) {
			while (++i < *argc)
				joined[n++] = argv[i];
			break;
		}
		if ((strcmp(argv[i], "--arg") != 0 && strcmp(argv[i], "--argjson") != 0) || i + 1 >= *argc)
			continue;
		if (strchr(argv[i + 1], '=') || i + 2 >= *argc) {
			joined[n++] = argv[++i];
			continue;
		}
		size_t size = strlen(argv[i + 1]) + strlen(argv[i + 2]) + 2;
		joined[n] = xmalloc(size);
		snprintf(joined[n++], size, "%s=%s", argv[i + 1], argv[i + 2]);
		i += 2;
	}
	*argc = n;
	return joined;
}

jv jq_options_add(jv args, const char *value, bool is_json)
{
	const char *equals = strchr(value, '=');

	if (!equals || equals == value)
		opt_bad(value, is_json ? "not NAME=JSON" : "not NAME=VALUE");
	jv v = is_json ? jv_parse(equals + 1) : jv_string(equals + 1);
	if (!jv_is_valid(v))
		opt_bad(value, "not JSON");
	return jv_object_set(args, jv_string_sized(value, (int)(equals - value)), v);
}

#define KEPT_MAX 64

void jq_options_hide(const char *const *kept, size_t n)
{
	static const char *const always[] = { "TZ", "LANG", "LC_ALL", "LC_CTYPE", "LC_TIME" };
	size_t n_always = sizeof(always) / sizeof(*always);
	char *values[KEPT_MAX];

	for (size_t i = 0; i < n_always + n && i < KEPT_MAX; i++) {
		const char *value = getenv(i < n_always ? always[i] : kept[i - n_always]);
		values[i] = value ? xstrdup(value) : NULL;
	}
	clearenv();
	for (size_t i = 0; i < n_always + n && i < KEPT_MAX; i++) {
		if (values[i])
			setenv(i < n_always ? always[i] : kept[i - n_always], values[i], 1);
		free(values[i]);
	}
}
