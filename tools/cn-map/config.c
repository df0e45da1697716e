/* SPDX-License-Identifier: Apache-2.0 */
#include "config.h"

#include "err.h"

static bool ends_with(const char *text, const char *end)
{
	size_t n = strlen(text), m = strlen(end);

	return n >= m && strcmp(text + n - m, end) == 0;
}

void config_load(struct topics *t, const char *path)
{
	bool properties = ends_with(path, ".properties");
	struct conf c;

	if (!conf_load(&c, path, properties ? conf_properties : conf_yaml) ||
		!(properties ? config_properties(t, &c) : config_yaml(t, &c)))
		die(EX_CONFIG, "%s", c.error);
	conf_free(&c);
}
