// One function that allocates, and two that call it: only one of them frees.
#include <stdlib.h>

#define EXPORT(name) __attribute__((export_name(#name), noinline))

__attribute__((noinline)) char *make_buffer(int size) {
    char *buffer = malloc(size);
    buffer[0] = (char)size;
    return buffer;
}

EXPORT(read_header) int read_header(void) {
    char *buffer = make_buffer(48);
    int first = buffer[0];
    free(buffer);
    return first;
}

EXPORT(read_body) int read_body(void) {
    return make_buffer(48)[0];
}
