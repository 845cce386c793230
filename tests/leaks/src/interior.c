// Records with a header, of which only the address behind the header is kept.
#include <stdlib.h>

struct header {
  int length;
  int first;
  int sum;
};

static int *kept[64];
static int used;

__attribute__((noinline)) static int *new_record(int number) {
  struct header *header = malloc(sizeof *header + 10 * sizeof(int));
  int *record = (int *)(header + 1);
  header->length = 10;
  header->first = number;
  header->sum = 0;
  for (int i = 0; i < header->length; i++) header->sum += record[i] = number + i;
  return record;
}

static int sum(int *record) {
  return ((struct header *)record - 1)->sum;
}

// Kept until the end of the program.
__attribute__((export_name("keep"))) int keep(int number) {
  int *record = new_record(number);
  kept[used++ % 64] = record;
  return sum(record);
}

// Kept until the next takes its place.
__attribute__((export_name("replace"))) int replace(int number) {
  if (kept[0]) free((struct header *)kept[0] - 1);
  kept[0] = new_record(number);
  return sum(kept[0]);
}
