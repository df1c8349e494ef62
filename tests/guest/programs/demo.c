// The demonstration that `emu run demo` runs: a Mandelbrot set in characters, computed in double precision, then a count
// of primes by a sieve. A few tens of milliseconds of mixed floating-point, integer and memory work.
#include "../runtime/guest.h"

enum { WIDTH = 72, HEIGHT = 24, MAX_ROUNDS = 2000, LIMIT = 200000 };

static int rounds_to_escape(double re, double im) {
    double x = 0, y = 0;
    int n = 0;
    while (n < MAX_ROUNDS && x * x + y * y < 4.0) {
        double next = x * x - y * y + re;
        y = 2.0 * x * y + im;
        x = next;
        n++;
    }
    return n;
}

static void mandelbrot(void) {
    static const char shades[] = " .,:;-=+*%#@";
    static const u16 steps[] = {2, 3, 4, 5, 7, 9, 12, 18, 30, 80, MAX_ROUNDS};
    char line[WIDTH + 2];
    for (int row = 0; row < HEIGHT; row++) {
        for (int column = 0; column < WIDTH; column++) {
            int n = rounds_to_escape(-2.1 + column * (2.8 / WIDTH), -1.15 + row * (2.3 / (HEIGHT - 1)));
            unsigned shade = 0;
            while (shade < COUNT(steps) && n >= steps[shade]) shade++;
            line[column] = shades[shade];
        }
        line[WIDTH] = '\n';
        line[WIDTH + 1] = 0;
        put_str(line);
    }
}

static int count_primes(void) {
    static u8 composite[LIMIT];
    int found = 0;
    for (int n = 2; n < LIMIT; n++) {
        if (composite[n]) continue;
        found++;
        for (int multiple = 2 * n; multiple < LIMIT; multiple += n) composite[multiple] = 1;
    }
    return found;
}

int main(void) {
    mandelbrot();
    put_str("\nHello from RISC-V: ");
    put_dec(count_primes());
    put_str(" primes lie below ");
    put_dec(LIMIT);
    put_str(".\n");
    return 0;
}
