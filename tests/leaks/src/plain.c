// A block that its owner forgets, and one that it frees.
#include <stdlib.h>
#include <string.h>

#define EXPORT(name) __attribute__((export_name(#name), noinline))

static char *message(int round) {
    char *text = malloc(100);
    memset(text, round, 100);
    return text;
}

EXPORT(forget) int forget(int round) {
    return message(round)[0];
}

EXPORT(tidy) int tidy(int round) {
    char *text = message(round);
    int first = text[0];
    free(text);
    return first;
}
