// One program in three builds. As it is, it forgets a node in each round, and keeps one
// that it set up. With MOVED it has another function in front of all others, which moves
// their indices and places. With FIXED it frees the node, and forgets a line of its log.
#include <stdlib.h>
#include <string.h>

#define EXPORT(name) __attribute__((export_name(#name), noinline))
#define OWN static __attribute__((noinline))

#ifdef MOVED
EXPORT(checksum) int checksum(int round) {
    int sum = 0;
    for (int i = 0; i < round; i++) sum = sum * 31 + i % 7;
    return sum;
}
#endif

static char *settings;

OWN char *make_node(int round) {
    char *node = malloc(64 + 8);
    memset(node, round, 64);
    return node;
}

OWN char *parse(int round) {
    char *node = make_node(round);
    node[0]++;
    return node;
}

OWN char *log_line(int round) {
    char *line = malloc(24);
    memset(line, 'a' + round % 26, 24);
    return line;
}

EXPORT(round) int one_round(int round) {
    if (!settings) settings = make_node(1);
    char *node = parse(round);
    char *line = log_line(round);
    int result = node[0] + line[0] + settings[0];
#ifdef FIXED
    free(node);
#else
    free(line);
#endif
    return result;
}
