// A table that is made at its first use and lives as long as the program.
#include <stdlib.h>

#define EXPORT(name) __attribute__((export_name(#name), noinline))

static int *squares;

static int *make_squares(void) {
    int *table = malloc(256 * sizeof *table);
    for (int i = 0; i < 256; i++)
        table[i] = i * i;
    return table;
}

EXPORT(square) int square(int of) {
    if (!squares)
        squares = make_squares();
    int *scratch = malloc(sizeof *scratch);
    *scratch = squares[of & 255];
    int result = *scratch;
    free(scratch);
    return result;
}
