# Thins out a log of the bench crate's `replay`. Reads it twice:
#   awk -f step3-cut.awk replay.log replay.log > good/step3-cut.log
# The first reading tells what became of each object. The second keeps, of the
# types with more than 15 objects and in each iteration, the first two that leak and the
# first of those that are freed with and without an allocation; of the other
# types it keeps every line.

FNR == 1 { reading++ }

reading == 1 {
    if ($1 == "@ALLOCATE") { allocated[$5] = 1; objects[$2]++ }
    if ($1 == "@DROP") freed[$4] = 1
    next
}

/^--- Iteration/ { iteration++ }

/proving: step [2-4]/ { next }

!/^@/ { print; next }

{
    id = $NF
    fate = !(id in freed) ? "leaks" : (id in allocated) ? "freed" : "unmatched"
    if (objects[$2] > 15 && !(id in kept)) {
        if (number[iteration, $2, fate]++ >= (fate == "leaks" ? 2 : 1)) next
        kept[id] = 1
    }
    print
}
