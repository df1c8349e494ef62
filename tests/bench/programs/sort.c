// Quicksort, heapsort and insertion sort: comparisons that predict badly, swaps in memory.
#include "bench.h"

enum { SIZE = 100000 };
static u32 numbers[SIZE];

static void insertion(u32 *a, int n) {
    for (int i = 1; i < n; i++) {
        u32 x = a[i];
        int j = i;
        for (; j > 0 && a[j - 1] > x; j--) a[j] = a[j - 1];
        a[j] = x;
    }
}

static NOINLINE void quick(u32 *a, int n) {
    while (n > 16) {
        u32 pivot = a[n / 2];
        int i = 0, j = n - 1;
        for (;;) {
            while (a[i] < pivot) i++;
            while (a[j] > pivot) j--;
            if (i >= j) break;
            u32 swap = a[i];
            a[i++] = a[j];
            a[j--] = swap;
        }
        quick(a, i);
        a += i;
        n -= i;
    }
    insertion(a, n);
}

static NOINLINE void heap(u32 *a, int n) {
    for (int start = n / 2, end = n; end > 1;) {
        if (start > 0) {
            start--;
        } else {
            u32 swap = a[--end];
            a[end] = a[0];
            a[0] = swap;
        }
        u32 x = a[start];
        int root = start;
        for (int child; (child = 2 * root + 1) < end; root = child) {
            if (child + 1 < end && a[child] < a[child + 1]) child++;
            if (x >= a[child]) break;
            a[root] = a[child];
        }
        a[root] = x;
    }
}

static void fill(void) {
    for (int i = 0; i < SIZE; i++) numbers[i] = (u32)(random_u64() >> 20);
}

static u64 work(u64 rounds) {
    u64 hash = 1;
    for (u64 round = 0; round < rounds; round++) {
        fill();
        quick(numbers, SIZE);
        hash = mix(hash, numbers[round * 97 % SIZE]);
        fill();
        heap(numbers, SIZE);
        hash = mix(hash, numbers[round * 89 % SIZE]);
    }
    return hash;
}
BENCH(20)
