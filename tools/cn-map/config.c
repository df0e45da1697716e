/* SPDX-License-Identifier: Apache-2.0 */
#include "config.h"

#include "err.h"

static bool ends_with(const char *text, const char *end)
{
	size_t n = strlen(text), m = strlen(end);

	return n >= m && strcmp(text + n - m, end) == 0;
}

bool config_read(struct topics *t, struct conf *c, const char *path)
{
	bool properties = ends_with(path, ".properties");

	return conf_load(c, path, properties ? conf_properties : conf_yaml) && (properties ? config_properties(t, c) : config_yaml(t, c));
}

void config_load(struct topics *t, const char *path)
{
	struct conf c;

	if (!config_read(t, &c, path))
		die(EX_CONFIG, "%s", c.error);
	conf_free(&c);
}
