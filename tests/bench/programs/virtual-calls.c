// Calls through function pointers in objects of many classes, in an order that cannot be predicted.
// Group: calls and indirect jumps.
#include "bench.h"

struct shape;
struct methods {
    u64 (*area)(const struct shape *);
    void (*grow)(struct shape *, u64 by);
};
struct shape {
    const struct methods *methods;
    u64 a, b;
};

#define CLASS(name, area_expression, grow_statement)                                                                  \
    static u64 name##_area(const struct shape *s) { return area_expression; }                                         \
    static void name##_grow(struct shape *s, u64 by) { grow_statement; }                                              \
    static const struct methods name = {name##_area, name##_grow};
CLASS(square, s->a * s->a, s->a += by)
CLASS(rectangle, s->a * s->b, s->b += by)
CLASS(triangle, s->a * s->b / 2, (s->a += by, s->b ^= by))
CLASS(ring, s->a * s->a * 3 - s->b * s->b * 3, s->a += by + 1)
CLASS(point, s->a & 1, s->a ^= by)
CLASS(line, s->a + s->b, s->a -= by)
static const struct methods *const classes[] = {&square, &rectangle, &triangle, &ring, &point, &line};

enum { SHAPES = 1000 };
static struct shape shapes[SHAPES];

static u64 work(u64 rounds) {
    u64 hash = 1;
    for (int i = 0; i < SHAPES; i++) {
        u64 r = random_u64();
        shapes[i] = (struct shape){classes[r % 6], r >> 8 & 255, r >> 16 & 255};
    }
    for (u64 round = 0; round < rounds; round++)
        for (int i = 0; i < SHAPES; i++) {
            struct shape *s = &shapes[i];
            hash += s->methods->area(s);
            s->methods->grow(s, hash & 3);
        }
    return hash;
}
BENCH(27000)
