/* SPDX-License-Identifier: Apache-2.0 */
#include "disk.h"
#include "buf.h"
#include "err.h"

#include <errno.h>
#include <fcntl.h>
#include <lmdb.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

/* One LMDB environment: a database of records for each namespace (digest -> the stored record as it lies in memory), one of sets
 * (namespace, number -> struct set_note and name) and one of notes (kind, key -> value). Numbers are in the machine's own order. */

/* Address space, not disk: LMDB can't grow it while transactions run. Less where the system gives less (ulimit -v). */
#define MAP_MAX ((size_t)1 << 40)
#define MAP_MIN ((size_t)64 << 20)
#define DATABASES_MAX 64
#define FORMAT "as-local 1 " BYTE_ORDER_NAME	/* of struct stored, sets and notes */
#if __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
#define BYTE_ORDER_NAME "le"
#else
#define BYTE_ORDER_NAME "be"
#endif

static MDB_env *env;
static MDB_txn *txn;		/* this round's changes; NULL while there are none */
static MDB_dbi sets, notes, records[DATABASES_MAX];
static const char *where;
static int lock = -1, dir_fd = -1;
static bool loading;		/* what is read is not written again */

struct set_note {
	uint64_t truncate_lut;
	char name[64];
};

static void check(int code, const char *what)
{
	if (code == MDB_MAP_FULL)
		die(EX_IOERR, "%s: can't %s: the address space that the system gave for it is full (see ulimit -v)", where, what);
	if (code == EIO)	/* what LMDB makes of a write that was cut short, too */
		die(EX_IOERR, "%s: can't %s: the disk is full, or fails (%s)", where, what, strerror(code));
	if (code)
		die(code == MDB_INVALID || code == MDB_VERSION_MISMATCH || code == MDB_CORRUPTED || code == MDB_PAGE_NOTFOUND ?
			EX_DATAERR : EX_IOERR, "%s: can't %s: %s", where, what, mdb_strerror(code));
}

static MDB_txn *writing(void)
{
	if (!txn)
		check(mdb_txn_begin(env, NULL, 0, &txn), "begin to write");
	return txn;
}

static MDB_val val(const void *p, size_t n)
{
	return (MDB_val){ n, (void *)(uintptr_t)p };
}

void disk_put(struct namespace *ns, const struct stored *r)
{
	MDB_val key = val(r->digest, DIGEST_SIZE), data = val(r, sizeof(*r) + r->size);

	if (env)
		check(mdb_put(writing(), records[ns->number], &key, &data, 0), "write a record");
}

static void delete(MDB_dbi db, MDB_val key)
{
	int code = mdb_del(writing(), db, &key, NULL);

	check(code == MDB_NOTFOUND ? 0 : code, "delete");
}

void disk_delete(struct namespace *ns, const uint8_t digest[DIGEST_SIZE])
{
	if (env)
		delete(records[ns->number], val(digest, DIGEST_SIZE));
}

static size_t set_key(char *to, size_t size, const struct namespace *ns, int set)
{
	return (size_t)snprintf(to, size, "%s;%05d", ns->name, set);
}

void disk_set(struct namespace *ns, int set)
{
	struct set_note note = { .truncate_lut = set ? ns->set[set].truncate_lut : ns->truncate_lut };
	char text[64];
	MDB_val key, data = val(&note, sizeof(note));

	if (!env || loading)
		return;
	memcpy(note.name, ns->set[set].name, sizeof(note.name));
	key = val(text, set_key(text, sizeof(text), ns, set));
	check(mdb_put(writing(), sets, &key, &data, 0), "write a set");
}

static MDB_val note_key(const char *kind, struct span key, struct buf *b)
{
	buf_reset(b);
	buf_put(b, kind, strlen(kind) + 1);
	buf_span(b, key);
	return val(b->p, b->n);
}

void disk_note(const char *kind, struct span key, struct span value)
{
	static struct buf b;
	MDB_val k, data = val(value.p, value.n);

	if (!env)
		return;
	k = note_key(kind, key, &b);
	if (value.p)
		check(mdb_put(writing(), notes, &k, &data, 0), "write a note");
	else
		delete(notes, k);
}

/* Every record, last digest first: the order in which partitions hold them. */
static void each_record(MDB_dbi db, void (*each)(void *ctx, MDB_val key, MDB_val data), void *ctx)
{
	MDB_cursor *cursor;
	MDB_val key, data;
	MDB_txn *reading;
	int code;

	check(mdb_txn_begin(env, NULL, MDB_RDONLY, &reading), "begin to read");
	check(mdb_cursor_open(reading, db, &cursor), "read");
	for (code = mdb_cursor_get(cursor, &key, &data, MDB_LAST); code == 0;
	     code = mdb_cursor_get(cursor, &key, &data, MDB_PREV))
		each(ctx, key, data);
	check(code == MDB_NOTFOUND ? 0 : code, "read");
	mdb_cursor_close(cursor);
	mdb_txn_abort(reading);
}

/* Every entry of a database whose key starts with prefix. */
static void each_entry(MDB_dbi db, MDB_val prefix, void (*each)(void *ctx, MDB_val key, MDB_val data), void *ctx)
{
	MDB_val key = prefix, data;
	MDB_cursor *cursor;
	MDB_txn *reading;
	int code;

	check(mdb_txn_begin(env, NULL, MDB_RDONLY, &reading), "begin to read");
	check(mdb_cursor_open(reading, db, &cursor), "read");
	for (code = mdb_cursor_get(cursor, &key, &data, prefix.mv_size ? MDB_SET_RANGE : MDB_FIRST); code == 0;
	     code = mdb_cursor_get(cursor, &key, &data, MDB_NEXT)) {
		if (key.mv_size < prefix.mv_size || memcmp(key.mv_data, prefix.mv_data, prefix.mv_size) != 0)
			break;
		each(ctx, key, data);
	}
	check(code == MDB_NOTFOUND ? 0 : code, "read");
	mdb_cursor_close(cursor);
	mdb_txn_abort(reading);
}

struct note_call {
	size_t skip;
	void (*each)(struct span key, struct span value);
};

static void give_note(void *ctx, MDB_val key, MDB_val data)
{
	struct note_call *call = ctx;

	call->each((struct span){ (char *)key.mv_data + call->skip, key.mv_size - call->skip },
		(struct span){ data.mv_data, data.mv_size });
}

void disk_notes(const char *kind, void (*each)(struct span key, struct span value))
{
	struct note_call call = { strlen(kind) + 1, each };

	if (!env)
		return;
	disk_commit();
	each_entry(notes, val(kind, strlen(kind) + 1), give_note, &call);
}

/* ---- opening ---- */

static void load_set(void *ctx, MDB_val key, MDB_val data)
{
	struct namespace *ns = ctx;
	struct set_note note;
	int set;

	(void)key;
	if (data.mv_size != sizeof(note))
		die(EX_DATAERR, "%s: a set of %s is damaged", where, ns->name);
	memcpy(&note, data.mv_data, sizeof(note));
	note.name[sizeof(note.name) - 1] = '\0';
	set = store_set(ns, span_of(note.name), true);
	if (set > 0)
		ns->set[set].truncate_lut = note.truncate_lut;
	else if (set == 0)
		ns->truncate_lut = note.truncate_lut;
}

struct load_call {
	struct namespace *ns;
	void (*load)(struct namespace *ns, struct stored *r);
};

static void load_record(void *ctx, MDB_val key, MDB_val data)
{
	struct load_call *call = ctx;
	struct stored *r;

	r = xmalloc(data.mv_size + 1);
	memcpy(r, data.mv_data, data.mv_size);
	if (key.mv_size != DIGEST_SIZE || !stored_valid(r, data.mv_size) || r->set >= call->ns->n_sets ||
	    memcmp(r->digest, key.mv_data, DIGEST_SIZE) != 0)
		die(EX_DATAERR, "%s: a record of %s is damaged", where, call->ns->name);
	call->load(call->ns, r);
}

/* The database's own mark; what has none and is not empty belongs to somebody else. */
static void check_format(void)
{
	MDB_val key = val("format", sizeof("format")), data = val(FORMAT, sizeof(FORMAT));
	MDB_stat stat;
	MDB_dbi all;
	int code;

	check(mdb_dbi_open(writing(), NULL, 0, &all), "open");
	check(mdb_stat(writing(), all, &stat), "open");
	code = mdb_dbi_open(writing(), "notes", stat.ms_entries ? 0 : MDB_CREATE, &notes);
	if (code == MDB_NOTFOUND || code == MDB_INCOMPATIBLE)
		die(EX_DATAERR, "%s: holds a database of some other program", where);
	check(code, "open");
	if (!stat.ms_entries) {
		check(mdb_put(writing(), notes, &key, &data, 0), "write");
		return;
	}
	code = mdb_get(writing(), notes, &key, &data);
	if (code == MDB_NOTFOUND)
		die(EX_DATAERR, "%s: holds a database of some other program", where);
	check(code, "read");
	if (data.mv_size != sizeof(FORMAT) || memcmp(data.mv_data, FORMAT, sizeof(FORMAT)) != 0)
		die(EX_DATAERR, "%s: is of another version or machine (%.*s, not %s)", where, (int)data.mv_size,
			(const char *)data.mv_data, FORMAT);
}

static void open_databases(void)
{
	char name[64];

	check_format();
	check(mdb_dbi_open(writing(), "sets", MDB_CREATE, &sets), "open");
	for (unsigned i = 0; i < n_namespaces; i++) {
		snprintf(name, sizeof(name), "records %s", namespaces[i]->name);
		check(mdb_dbi_open(writing(), name, MDB_CREATE, &records[i]), "open");
	}
}

/* LMDB reads its file as memory: a file shorter than it says, a broken page, or a disk that can't read, come as signals. */
static void on_bad_page(int s)
{
	static const char text[] = ": data.mdb is damaged, or can't be read\n";
	const char *name = err_program_name();

	(void)s;
	if (write(STDERR_FILENO, name, strlen(name)) < 0 || write(STDERR_FILENO, ": ", 2) < 0 ||
	    write(STDERR_FILENO, where, strlen(where)) < 0 || write(STDERR_FILENO, text, sizeof(text) - 1) < 0)
		_exit(EX_IOERR);
	_exit(EX_DATAERR);
}

static void on_assert(MDB_env *e, const char *text)
{
	(void)e;
	die(EX_DATAERR, "%s: data.mdb is damaged: %s", where, text);
}

/* One process at a time: what is in memory of another would not know of our changes. */
static void take_lock(void)
{
	if (mkdir(where, 0700) < 0 && errno != EEXIST)
		die(EX_CONFIG, "can't make %s:", where);
	dir_fd = open(where, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	lock = dir_fd < 0 ? -1 : openat(dir_fd, "as-local.lock", O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	if (lock < 0)
		die(EX_CONFIG, "can't use %s:", where);
	if (flock(lock, LOCK_EX | LOCK_NB) < 0)
		die(EX_UNAVAILABLE, errno == EWOULDBLOCK ? "%s is in use by another process" : "can't lock %s:", where);
}

static void open_environment(void)
{
	int code = ENOMEM;

	for (size_t size = MAP_MAX; code == ENOMEM && size >= MAP_MIN; size /= 4) {
		check(mdb_env_create(&env), "open");
		check(mdb_env_set_assert(env, on_assert), "open");
		check(mdb_env_set_mapsize(env, size), "open");
		check(mdb_env_set_maxdbs(env, DATABASES_MAX + 2), "open");
		code = mdb_env_open(env, where, 0, 0600);
		if (code == ENOMEM)
			mdb_env_close(env);
	}
	check(code, "open");
}

void disk_open(const char *dir, void (*load)(struct namespace *ns, struct stored *r))
{
	struct sigaction bad = { .sa_handler = on_bad_page, .sa_flags = (int)SA_RESETHAND }, was;

	where = dir;
	take_lock();
	signal(SIGXFSZ, SIG_IGN);	/* a file that may not grow is an error like a full disk */
	sigaction(SIGBUS, &bad, NULL);
	sigaction(SIGSEGV, &bad, &was);
	open_environment();
	open_databases();
	disk_commit();
	if (fsync(dir_fd) < 0)
		die(EX_IOERR, "%s: can't fsync:", where);
	loading = true;
	for (unsigned i = 0; i < n_namespaces; i++) {
		struct load_call call = { namespaces[i], load };
		char prefix[64];

		snprintf(prefix, sizeof(prefix), "%s;", namespaces[i]->name);
		each_entry(sets, val(prefix, strlen(prefix)), load_set, namespaces[i]);
		each_record(records[i], load_record, &call);
	}
	loading = false;
	sigaction(SIGSEGV, &was, NULL);
}

bool disk_changed(void)
{
	return txn != NULL;
}

void disk_commit(void)
{
	if (!txn)
		return;
	check(mdb_txn_commit(txn), "commit");
	txn = NULL;
}

void disk_close(void)
{
	if (!env)
		return;
	disk_commit();
	mdb_env_close(env);
	env = NULL;
	close(dir_fd);
	close(lock);
}
