// A table that is needed once, far larger than all else.
#include <stdlib.h>
#include <string.h>

#define EXPORT(name) __attribute__((export_name(#name), noinline))

// The bytes of `size` kibibytes, added up.
EXPORT(sum) int sum(int size) {
    unsigned char *table = malloc((size_t)size * 1024);
    memset(table, 1, (size_t)size * 1024);
    int total = 0;
    for (int i = 0; i < size * 1024; i++)
        total += table[i];
    free(table);
    return total;
}
