/* SPDX-License-Identifier: Apache-2.0 */
#ifndef VERDICT_H
#define VERDICT_H

/* What becomes of a record. */
enum verdict { VERDICT_TO, VERDICT_SKIP, VERDICT_ERROR };

#endif
