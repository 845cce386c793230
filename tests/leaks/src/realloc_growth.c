// A log that is one block, made larger whenever something is added to it.
#include <stdlib.h>
#include <string.h>

#define EXPORT(name) __attribute__((export_name(#name), noinline))

static char *log_text;
static size_t log_size;

EXPORT(append) int append(int round) {
    log_text = realloc(log_text, log_size + 1000);
    memset(log_text + log_size, round, 1000);
    log_size += 1000;
    return log_text[0];
}

// Keeps no more than what was added since the last time.
EXPORT(truncate) void truncate_log(void) {
    free(log_text);
    log_text = NULL;
    log_size = 0;
}
