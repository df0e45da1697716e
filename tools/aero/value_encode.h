/* SPDX-License-Identifier: Apache-2.0 */
#ifndef VALUE_ENCODE_H
#define VALUE_ENCODE_H

#include "pack.h"
#include "value.h"

/* value_json_to_particle for whoever encodes all bins of a record: types are opened once, the packer (wire dialect) is kept.
 * Appends to k->out and returns the particle type; k->why tells of failure. */
uint8_t value_encode_particle(struct packer *k, struct span name, struct span raw);

#endif
